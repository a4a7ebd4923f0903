namespace Colloquy.SandboxHost.Isolation;

/// <summary>The environment that every command in a sandbox starts from.</summary>
internal static class SandboxEnvironment
{
    /// <summary>Its value names the sandbox of a process, for where no namespace holds them together and no record names them.</summary>
    internal const string IdVariable = "E2B_SANDBOX_ID";

    /// <summary>Marks the processes of a sandbox.</summary>
    internal static string Mark(string sandboxId) => $"{IdVariable}={sandboxId}";

    /// <summary>By which a program knows that it is in a sandbox, and in which.</summary>
    internal static Dictionary<string, string> Marks(string sandboxId) => new(StringComparer.Ordinal)
    {
        ["E2B_SANDBOX"] = "true",
        [IdVariable] = sandboxId,
        ["E2B_TEMPLATE_ID"] = "base",
    };

    internal static IReadOnlyList<string> Base(string sandboxId, string home) =>
    [
        $"PATH={SystemPath.Value}", $"HOME={home}", "USER=user", "LOGNAME=user", "LANG=C.UTF-8",
        .. Marks(sandboxId).Select(variable => $"{variable.Key}={variable.Value}"),
    ];
}
