using System.Text.Json;
using Colloquy.SandboxHost.Isolation;

namespace Colloquy.SandboxHost.Templates;

/// <summary>Reads template files and refuses what could not work or would hide the system.</summary>
internal static class TemplateReader
{
    /// <summary>The folder in which <see cref="TemplateDefinition.Install"/> ran.</summary>
    internal const string Installed = "installed";

    private static readonly string[] Taken =
        ["/", "/bin", "/dev", "/etc", "/home", "/lib", "/lib32", "/lib64", "/libx32", "/proc", "/sbin", "/sys", "/tmp", "/usr", "/var"];

    /// <exception cref="TemplateException"/>
    internal static TemplateDefinition Read(string name, ReadOnlySpan<byte> json)
    {
        try
        {
            var definition = JsonSerializer.Deserialize(json, TemplateJson.Default.TemplateDefinition)
                ?? throw new JsonException("null is not a template");
            var problem = Problems(definition).FirstOrDefault();
            return problem is null ? definition : throw new TemplateException($"Template '{name}' is wrong: {problem}");
        }
        catch (JsonException malformed)
        {
            throw new TemplateException($"Template '{name}' cannot be read: {malformed.Message}", malformed);
        }
    }

    private static IEnumerable<string> Problems(TemplateDefinition definition)
    {
        foreach (var (target, source) in definition.Mounts)
        {
            if (!IsOwnPath(target))
                yield return $"it cannot mount '{target}'; choose an absolute path such as /opt/name that the system does not use.";
            if (!IsBelow(source)) yield return $"'{source}' must be a folder below the template's own.";
            if (IsInstalled(source) && definition.Install.Count == 0) yield return $"'{source}' needs commands in \"install\".";
        }

        foreach (var wrong in definition.Env.Keys.Where(variable => !EntryScript.IsVariableName(variable)))
            yield return $"'{wrong}' cannot name a variable.";
        if (definition.Env.ContainsKey("PATH")) yield return "set folders for programs in \"path\", not PATH in \"env\".";
        foreach (var wrong in definition.Path.Where(folder => !Path.IsPathRooted(folder) || folder.Contains(':', StringComparison.Ordinal)))
            yield return $"'{wrong}' in \"path\" is not an absolute path.";
        if (definition.MemoryMib < 0) yield return "\"memory_mib\" must not be negative.";
        if (definition.Install.Any(command => command.Count == 0)) yield return "a command in \"install\" is empty.";
    }

    internal static bool IsInstalled(string source) => source.Split('/')[0] == Installed;

    private static bool IsOwnPath(string path) =>
        Path.IsPathRooted(path)
        && Path.GetFullPath(path) == path
        && !Taken.Any(taken => path == taken || (taken != "/" && path.StartsWith(taken + "/", StringComparison.Ordinal)));

    private static bool IsBelow(string path) =>
        path.Length > 0 && !Path.IsPathRooted(path) && path.Split('/').All(part => part is not ("" or "." or ".."));
}
