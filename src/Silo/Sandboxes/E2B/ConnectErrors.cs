using System.Globalization;
using System.Text.Json;
using Colloquy.Grains.Sandboxes;

namespace Colloquy.Silo.Sandboxes.E2B;

internal static class ConnectErrors
{
    /// <summary>What a stream's error means. Its code is a word from Connect servers and an HTTP status from others.</summary>
    /// <returns>Null if the sandbox may have ended: ask the control plane.</returns>
    public static SandboxFailure? FailureOf(E2BError? error) => CodeOf(error) switch
    {
        "resource_exhausted" or "429" => SandboxFailure.LimitReached,
        "invalid_argument" or "unauthenticated" or "permission_denied" or "unimplemented" or "failed_precondition"
            or "out_of_range" or "not_found" or "400" or "401" or "403" or "404" => SandboxFailure.Refused,
        _ => null,
    };

    public static string? CodeOf(E2BError? error) => error?.Code switch
    {
        { ValueKind: JsonValueKind.String } word => word.GetString(),
        { ValueKind: JsonValueKind.Number } number when number.TryGetInt32(out var status) =>
            status.ToString(CultureInfo.InvariantCulture),
        _ => null,
    };
}
