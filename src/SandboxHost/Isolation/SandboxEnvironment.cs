namespace Colloquy.SandboxHost.Isolation;

/// <summary>The environment that every command in a sandbox starts from.</summary>
internal static class SandboxEnvironment
{
    /// <summary>Marks the processes of a sandbox, for where no namespace holds them together and no record names them.</summary>
    internal const string IdVariable = "E2B_SANDBOX_ID";

    internal static string Mark(string sandboxId) => $"{IdVariable}={sandboxId}";

    internal static IReadOnlyList<string> Base(string sandboxId, string home) =>
    [
        $"PATH={SystemPath.Value}", $"HOME={home}", "USER=user", "LOGNAME=user", "LANG=C.UTF-8",
        "E2B_SANDBOX=true", Mark(sandboxId),
    ];
}
