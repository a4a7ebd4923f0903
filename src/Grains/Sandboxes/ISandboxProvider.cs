namespace Colloquy.Grains.Sandboxes;

/// <summary>Where sandboxes come from: E2B's cloud or our own host.</summary>
public interface ISandboxProvider
{
    /// <summary>The name under which the price book knows these sandboxes.</summary>
    string Kind { get; }

    /// <summary>
    /// Creates the sandbox of a lease. Repeating it with the same lease gives the same sandbox, also when the answer
    /// to the first call was lost.
    /// </summary>
    /// <exception cref="SandboxException"/>
    Task<ISandbox> CreateAsync(SandboxSpec spec, CancellationToken cancellationToken);

    /// <summary>Opens a sandbox that exists and makes it live at least <paramref name="timeout"/> from now.</summary>
    /// <returns>Null if it is gone.</returns>
    /// <exception cref="SandboxException"/>
    Task<ISandbox?> ConnectAsync(string sandboxId, TimeSpan timeout, CancellationToken cancellationToken);

    /// <summary>Kills it and everything in it. A sandbox that is gone already is fine.</summary>
    /// <exception cref="SandboxException"/>
    Task KillAsync(string sandboxId, CancellationToken cancellationToken);
}

/// <param name="Lease">Unique per sandbox that a session asks for; the provider keeps it as metadata.</param>
/// <param name="Timeout">How long it lives if nobody extends it.</param>
public sealed record SandboxSpec(string Lease, string SessionId, string Template, TimeSpan Timeout);

/// <summary>One running sandbox.</summary>
public interface ISandbox
{
    string Id { get; }

    /// <summary>What is allocated to it, which is what it is billed by.</summary>
    SandboxResources Resources { get; }

    /// <summary>Makes it live at least <paramref name="timeout"/> from now.</summary>
    Task ExtendAsync(TimeSpan timeout, CancellationToken cancellationToken);

    /// <summary>Writes files in one request, creating folders. Relative paths start at the home folder.</summary>
    Task WriteAsync(IReadOnlyList<SandboxFile> files, CancellationToken cancellationToken);

    /// <summary>
    /// Starts a process and yields what it does: <see cref="ProcessStarted"/>, output in any order, and
    /// <see cref="ProcessEnded"/> as the last. Leaving the enumeration detaches from the process; it runs on.
    /// </summary>
    /// <exception cref="SandboxException">The sandbox is gone, or the stream broke before the end was seen.</exception>
    IAsyncEnumerable<ProcessEvent> StartAsync(ProcessSpec process, CancellationToken cancellationToken);
}

/// <param name="MemoryMiB">MiB.</param>
public sealed record SandboxResources(int VCpus, int MemoryMiB);

public sealed record SandboxFile(string Path, ReadOnlyMemory<byte> Content);

/// <param name="Arguments">Without the program itself.</param>
/// <param name="WorkingDirectory">Null for the home folder.</param>
public sealed record ProcessSpec(
    string Program,
    IReadOnlyList<string> Arguments,
    IReadOnlyDictionary<string, string>? Environment = null,
    string? WorkingDirectory = null);

public abstract record ProcessEvent;

public sealed record ProcessStarted(int Pid) : ProcessEvent;

public sealed record ProcessOutput(ReadOnlyMemory<byte> Bytes, bool IsError) : ProcessEvent;

/// <param name="ExitCode">-1 if a signal ended it.</param>
public sealed record ProcessEnded(int ExitCode, string Status) : ProcessEvent;
