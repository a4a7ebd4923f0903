using Colloquy.SandboxHost.Templates;

namespace Colloquy.SandboxHost.Isolation;

/// <summary>The environment that every command in a sandbox starts from.</summary>
internal static class SandboxEnvironment
{
    /// <summary>Its value names the sandbox of a process, for where no namespace holds them together and no record names them.</summary>
    internal const string IdVariable = "E2B_SANDBOX_ID";

    /// <summary>Marks the processes of a sandbox.</summary>
    internal static string Mark(string sandboxId) => $"{IdVariable}={sandboxId}";

    /// <summary>What a sandbox has of its own: by this a program knows that it is in one, in which, and what it finds there.</summary>
    internal static IReadOnlyDictionary<string, string> Of(
        string sandboxId, Template template, IReadOnlyDictionary<string, string> network)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["E2B_SANDBOX"] = "true",
            [IdVariable] = sandboxId,
            ["E2B_TEMPLATE_ID"] = template.Name,
        };
        foreach (var (name, value) in template.Environment.Concat(network)) variables[name] = value;
        return variables;
    }

    /// <param name="home">As commands see it.</param>
    /// <param name="own">From <see cref="Of"/>.</param>
    /// <returns>The whole of it, as <c>NAME=value</c>.</returns>
    internal static IReadOnlyList<string> Whole(string home, IReadOnlyDictionary<string, string> own)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PATH"] = SystemPath.Value,
            ["HOME"] = home,
            ["USER"] = "user",
            ["LOGNAME"] = "user",
            ["LANG"] = "C.UTF-8",
        };
        foreach (var (name, value) in own) variables[name] = value;
        return [.. variables.Select(variable => $"{variable.Key}={variable.Value}")];
    }
}
