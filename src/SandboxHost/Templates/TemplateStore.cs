using System.Collections.Concurrent;
using Colloquy.SandboxHost.Isolation;

namespace Colloquy.SandboxHost.Templates;

/// <summary>
/// The templates of a host: <c>base</c>, those that come with it, and those of a folder, where
/// <c>NAME/template.json</c> describes each. What a template installs is installed at its first use.
/// </summary>
internal sealed class TemplateStore(string folder, ILogger<TemplateStore> log)
{
    private const string FileName = "template.json";
    private static readonly string[] Shipped = ["claude", "python"];
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _installing = new(StringComparer.Ordinal);

    internal IReadOnlyList<string> Names =>
    [
        .. new[] { Template.BaseName }.Concat(Shipped).Concat(Own()).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
    ];

    /// <summary>Names are lower case for callers, as at E2B; a tag or namespace means nothing here.</summary>
    /// <returns>Null if there is none of this name.</returns>
    /// <exception cref="TemplateException">It is wrong or cannot be installed.</exception>
    internal async Task<Template?> FindAsync(string name, CancellationToken cancellationToken)
    {
        name = name.ToLowerInvariant();
        if (name == Template.BaseName) return Template.Base;
        if (!IsName(name) || await ReadAsync(name, cancellationToken) is not { } json) return null;

        var definition = TemplateReader.Read(name, json);
        var home = Path.Combine(folder, name);
        var installed = definition.Install.Count == 0 ? null : await InstallAsync(name, home, definition, cancellationToken);
        var mounts = definition.Mounts.ToDictionary(
            mount => mount.Key,
            mount => TemplateReader.IsInstalled(mount.Value)
                ? installed + mount.Value[TemplateReader.Installed.Length..]
                : Path.Combine(home, mount.Value));
        foreach (var missing in mounts.Values.Where(source => !Directory.Exists(source)))
            throw new TemplateException($"Template '{name}' names the folder {missing}, which does not exist.");
        return new Template(name, mounts, EnvironmentOf(definition), definition.Start);
    }

    private async Task<string> InstallAsync(
        string name, string home, TemplateDefinition definition, CancellationToken cancellationToken)
    {
        var one = _installing.GetOrAdd(name, _ => new SemaphoreSlim(1));
        await one.WaitAsync(cancellationToken);
        try
        {
            return await new TemplateInstaller(name, home, log).InstallAsync(definition.Install, cancellationToken);
        }
        finally
        {
            one.Release();
        }
    }

    private async Task<byte[]?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        var file = Path.Combine(folder, name, FileName);
        if (File.Exists(file)) return await File.ReadAllBytesAsync(file, cancellationToken);
        await using var shipped = typeof(TemplateStore).Assembly.GetManifestResourceStream($"templates/{name}/{FileName}");
        if (shipped is null) return null;
        using var content = new MemoryStream();
        await shipped.CopyToAsync(content, cancellationToken);
        return content.ToArray();
    }

    private IEnumerable<string> Own() => Directory.Exists(folder)
        ? Directory.EnumerateDirectories(folder).Where(one => File.Exists(Path.Combine(one, FileName))).Select(Path.GetFileName).OfType<string>()
        : [];

    private static Dictionary<string, string> EnvironmentOf(TemplateDefinition definition)
    {
        var environment = new Dictionary<string, string>(definition.Env);
        if (definition.Path.Count > 0) environment["PATH"] = string.Join(':', definition.Path.Append(SystemPath.Value));
        return environment;
    }

    private static bool IsName(string name) =>
        name.Length > 0 && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_');
}
