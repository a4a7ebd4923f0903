using System.Diagnostics;
using System.Runtime.CompilerServices;
using Colloquy.Grains.Sandboxes;

namespace Colloquy.Grains.Tests.Sandboxes;

/// <summary>A home folder in which the real scripts run, as they would in a sandbox.</summary>
internal sealed class RealHome : ISandbox, IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("colloquy-home-").FullName;

    public string Id => "home";

    public SandboxResources Resources { get; } = new(1, 1);

    public bool WasResumed => false;

    public DateTimeOffset EndAt => DateTimeOffset.MaxValue;

    public string PathOf(string relative) => Path.Combine(Folder, relative);

    public Task ExtendAsync(TimeSpan timeout, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task SetTimeoutAsync(TimeSpan timeout, CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task WriteAsync(IReadOnlyList<SandboxFile> files, CancellationToken cancellationToken)
    {
        foreach (var file in files)
        {
            await WriteAsync(file.Path, new MemoryStream(file.Content.ToArray()), cancellationToken);
        }
    }

    public async Task WriteAsync(string path, Stream content, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(path))!);
        await using var file = File.Create(PathOf(path));
        await content.CopyToAsync(file, cancellationToken);
    }

    public Task<Stream?> ReadAsync(string path, CancellationToken cancellationToken) =>
        Task.FromResult<Stream?>(File.Exists(PathOf(path)) ? File.OpenRead(PathOf(path)) : null);

    public Task<IReadOnlyList<SandboxEntry>?> ListAsync(string path, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public async IAsyncEnumerable<ProcessEvent> StartAsync(
        ProcessSpec process, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(process.Program, process.Arguments)
        {
            WorkingDirectory = "/",
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["HOME"] = Folder },
        };
        using var running = Process.Start(start)!;
        var error = running.StandardError.BaseStream.CopyToAsync(Stream.Null, cancellationToken);
        using var output = new MemoryStream();
        // Reading a pipe cannot be cancelled; like a client that goes away, this one just leaves the process alone.
        await running.StandardOutput.BaseStream.CopyToAsync(output, cancellationToken).WaitAsync(cancellationToken);
        await error.WaitAsync(cancellationToken);
        await running.WaitForExitAsync(cancellationToken);
        yield return new ProcessOutput(output.ToArray(), IsError: false);
        yield return new ProcessEnded(running.ExitCode, "");
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
