using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace Colloquy.SandboxHost.Templates;

/// <summary>
/// Fills a template by its commands, once. The result is named by the hash of the commands, so that a changed
/// template is installed anew while sandboxes of the old one keep theirs. Hosts may share the folder.
/// </summary>
internal sealed partial class TemplateInstaller(
    string name, string home, IReadOnlyList<IReadOnlyList<string>> commands, ILogger log)
{
    private const int HashLength = 16;
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(250);

    private readonly string _hash = HashOf(commands);

    /// <summary>The folder with what was installed.</summary>
    internal string Target => Path.Combine(home, $"{TemplateReader.Installed}-{_hash}");

    internal bool IsDone => Directory.Exists(Target);

    /// <returns>The folder with what was installed.</returns>
    /// <exception cref="TemplateException">A command failed; nothing is left of it.</exception>
    internal async Task<string> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            Directory.CreateDirectory(home);
            await using var held = await LockAsync(cancellationToken);
            if (!IsDone) await InstallAsync(cancellationToken);
            return Target;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new TemplateException($"Template '{name}' cannot be installed into {home}: {failure.Message}", failure);
        }
    }

    private async Task InstallAsync(CancellationToken cancellationToken)
    {
        LogInstalling(name, Target);
        var started = Stopwatch.GetTimestamp();
        RemoveLeftovers();
        // Made aside and renamed: a host that dies in between leaves nothing that looks finished.
        var work = Directory.CreateDirectory(Path.Combine(home, $"installing-{_hash}-{Guid.NewGuid():N}")).FullName;
        foreach (var command in commands) await InstallCommand.RunAsync(name, work, command, cancellationToken);
        Directory.Move(work, Target);
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        LogInstalled(name, seconds);
    }

    /// <summary>One host at a time installs; the others find its result. The kernel frees the lock of one that died.</summary>
    private async Task<FileStream> LockAsync(CancellationToken cancellationToken)
    {
        var file = Path.Combine(home, $"installing-{_hash}.lock");
        var isWaiting = false;
        while (true)
        {
            try
            {
                return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(file))
            {
                if (!isWaiting) LogWaiting(name, home);
                isWaiting = true;
                await Task.Delay(BetweenTries, cancellationToken);
            }
        }
    }

    /// <summary>Of installations that did not end. What they downloaded is in the cache of their package manager.</summary>
    private void RemoveLeftovers()
    {
        foreach (var folder in Directory.EnumerateDirectories(home, $"installing-{_hash}-*"))
        {
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (IOException)
            {
                // The commands of a host that was killed may still be writing; the next installation removes it.
            }
        }
    }

    private static string HashOf(IReadOnlyList<IReadOnlyList<string>> commands)
    {
        var text = string.Join('\n', commands.Select(command => string.Join('\0', command)));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..HashLength];
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Installing template {Template} into {Folder}; this happens once and may take minutes")]
    private partial void LogInstalling(string template, string folder);

    [LoggerMessage(Level = LogLevel.Information, Message = "Another host installs template {Template} into {Folder}; waiting for it")]
    private partial void LogWaiting(string template, string folder);

    [LoggerMessage(Level = LogLevel.Information, Message = "Template {Template} is installed ({Seconds:0.0} s)")]
    private partial void LogInstalled(string template, double seconds);
}
