using System.Security.Cryptography;
using Colloquy.SandboxHost.Isolation;

namespace Colloquy.SandboxHost.Templates;

/// <summary>
/// The templates of a host: <c>base</c>, those that come with it, and those of a folder, where
/// <c>NAME/template.json</c> describes each. What a template installs is installed at its first use.
/// </summary>
/// <param name="cache">Where it is installed. Hosts may share it.</param>
internal sealed class TemplateStore(string folder, string cache, ILogger<TemplateStore> log) : IAsyncDisposable
{
    private const string FileName = "template.json";
    private static readonly string[] Shipped = ["claude", "python"];
    private readonly Dictionary<string, Task<string>> _installing = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _closing = new();

    internal IReadOnlyList<string> Names =>
    [
        .. new[] { Template.BaseName }.Concat(Shipped).Concat(Own()).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
    ];

    /// <summary>Names are lower case for callers, as at E2B; a tag or namespace means nothing here.</summary>
    /// <param name="installing">Told what is installed, if that has to be done first.</param>
    /// <returns>Null if there is none of this name.</returns>
    /// <exception cref="TemplateException">It is wrong or cannot be installed.</exception>
    internal async Task<Template?> FindAsync(
        string name, CancellationToken cancellationToken, Action<string>? installing = null)
    {
        name = name.ToLowerInvariant();
        if (name == Template.BaseName) return Template.Base;
        if (!IsName(name) || await ReadAsync(name, cancellationToken) is not { } json) return null;

        var definition = TemplateReader.Read(name, json);
        var home = Path.Combine(folder, name);
        var installed = definition.Install.Count == 0 ? null
            : await InstallAsync(name, definition, installing).WaitAsync(cancellationToken);
        var mounts = definition.Mounts.ToDictionary(
            mount => mount.Key,
            mount => TemplateReader.IsInstalled(mount.Value)
                ? installed + mount.Value[TemplateReader.Installed.Length..]
                : Path.Combine(home, mount.Value));
        foreach (var missing in mounts.Values.Where(source => !Directory.Exists(source)))
            throw new TemplateException($"Template '{name}' names the folder {missing}, which does not exist.");
        return new Template(name, mounts, EnvironmentOf(definition), definition.Start, definition.MemoryMib, HashOf(json));
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        Task[] running;
        lock (_installing) running = [.. _installing.Values];
        await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _closing.Dispose();
    }

    /// <summary>It takes longer than callers have patience: one that gives up finds it further on when it asks again.</summary>
    private Task<string> InstallAsync(string name, TemplateDefinition definition, Action<string>? installing)
    {
        var installer = new TemplateInstaller(name, Path.Combine(cache, name), definition.Install, log);
        if (installer.IsDone) return Task.FromResult(installer.Target);
        Task<string>? running;
        lock (_installing)
        {
            if (!_installing.TryGetValue(installer.Target, out running) || running.IsCompleted)
                _installing[installer.Target] = running = installer.RunAsync(_closing.Token);
        }

        installing?.Invoke(definition.Installs ?? $"template '{name}'");
        return running;
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

    private static string HashOf(byte[] json) => Convert.ToHexStringLower(SHA256.HashData(json));

    private static bool IsName(string name) =>
        name.Length > 0 && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '_');
}
