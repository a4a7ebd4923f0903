using Colloquy.Environments;

namespace Colloquy.Grains.Sandboxes;

/// <summary>Where sandboxes come from: E2B's cloud or our own host.</summary>
public interface ISandboxProvider
{
    /// <summary>The name under which the price book knows these sandboxes.</summary>
    string Kind { get; }

    /// <summary>
    /// The longest that a sandbox runs without a pause: whatever is asked for, it gets no more. Pausing and opening it
    /// starts a new window.
    /// </summary>
    TimeSpan MaxRun { get; }

    /// <summary>
    /// Creates the sandbox of a lease; when its time is over, its provider pauses it. Repeating it with the same lease
    /// gives the same sandbox, also when the answer to the first call was lost.
    /// </summary>
    /// <exception cref="SandboxException"/>
    Task<ISandbox> CreateAsync(SandboxSpec spec, CancellationToken cancellationToken);

    /// <summary>
    /// Opens a sandbox that exists, resumes it if it is paused, and makes it live at least <paramref name="timeout"/>
    /// from now.
    /// </summary>
    /// <returns>Null if it is gone.</returns>
    /// <exception cref="SandboxException"/>
    Task<ISandbox?> ConnectAsync(string sandboxId, TimeSpan timeout, CancellationToken cancellationToken);

    /// <summary>Looks without waking it or changing its time.</summary>
    /// <returns>Null if it is gone.</returns>
    /// <exception cref="SandboxException"/>
    Task<SandboxStatus?> GetAsync(string sandboxId, CancellationToken cancellationToken);

    /// <summary>Stops all its processes and keeps its files. One that is paused already is fine.</summary>
    /// <returns>False if it is gone.</returns>
    /// <exception cref="SandboxException"/>
    Task<bool> PauseAsync(string sandboxId, CancellationToken cancellationToken);

    /// <summary>Every sandbox, running or paused, that carries this installation's mark.</summary>
    /// <exception cref="SandboxException"/>
    IAsyncEnumerable<SandboxStatus> ListAsync(CancellationToken cancellationToken);

    /// <summary>Kills it and everything in it. A sandbox that is gone already is fine.</summary>
    /// <exception cref="SandboxException"/>
    Task KillAsync(string sandboxId, CancellationToken cancellationToken);
}

/// <param name="Lease">Unique per sandbox that a session asks for; the provider keeps it as metadata.</param>
/// <param name="Timeout">How long it lives if nobody extends it.</param>
public sealed record SandboxSpec(string Lease, string SessionId, string Template, TimeSpan Timeout)
{
    /// <summary>What it reaches; null for what its host lets sandboxes reach.</summary>
    public SandboxReach? Reach { get; init; }

    /// <summary>Null for what its template or host says.</summary>
    public SandboxLimits? Limits { get; init; }
}

/// <param name="ModelGateway">Where agents find their models.</param>
public sealed record SandboxReach(bool ModelGateway, SandboxNetwork Network);

/// <summary>One running sandbox.</summary>
public interface ISandbox
{
    string Id { get; }

    /// <summary>What is allocated to it, which is what it is billed by.</summary>
    SandboxResources Resources { get; }

    /// <summary>True if it was paused until it was opened or last extended: what ran in it is gone.</summary>
    bool WasResumed { get; }

    /// <summary>
    /// When its time is over, by what its provider said last: it may grant less than it was asked for.
    /// </summary>
    DateTimeOffset EndAt { get; }

    /// <summary>Makes it live at least <paramref name="timeout"/> from now.</summary>
    Task ExtendAsync(TimeSpan timeout, CancellationToken cancellationToken);

    /// <summary>Makes its provider pause it this long from now, be that sooner or later than before.</summary>
    Task SetTimeoutAsync(TimeSpan timeout, CancellationToken cancellationToken);

    /// <summary>Writes files in one request, creating folders. Relative paths start at the home folder.</summary>
    Task WriteAsync(IReadOnlyList<SandboxFile> files, CancellationToken cancellationToken);

    /// <summary>Writes one file as it arrives, creating folders.</summary>
    Task WriteAsync(string path, Stream content, CancellationToken cancellationToken);

    /// <returns>The content as it arrives; null if there is no such file.</returns>
    Task<Stream?> ReadAsync(string path, CancellationToken cancellationToken);

    /// <returns>What the folder holds, not what its folders hold; null if there is no such folder.</returns>
    Task<IReadOnlyList<SandboxEntry>?> ListAsync(string path, CancellationToken cancellationToken);

    /// <summary>
    /// Starts a process and yields what it does: <see cref="ProcessStarted"/>, output in any order, and
    /// <see cref="ProcessEnded"/> as the last. Leaving the enumeration detaches from the process; it runs on.
    /// </summary>
    /// <exception cref="SandboxException">The sandbox is gone, or the stream broke before the end was seen.</exception>
    IAsyncEnumerable<ProcessEvent> StartAsync(ProcessSpec process, CancellationToken cancellationToken);
}

/// <param name="MemoryMiB">MiB.</param>
public sealed record SandboxResources(int VCpus, int MemoryMiB);

public enum SandboxState
{
    Running,
    Paused,
}

/// <param name="SessionId">Whose it is; null if that is not known.</param>
/// <param name="StartedAt">Of this run: a resumed sandbox starts again.</param>
/// <param name="EndAt">When its time is over; of a paused one, when it was paused.</param>
public sealed record SandboxStatus(
    string Id,
    string? SessionId,
    string? Lease,
    SandboxState State,
    DateTimeOffset StartedAt,
    DateTimeOffset EndAt,
    SandboxResources Resources);

/// <param name="Path">Absolute.</param>
/// <param name="Size">Bytes; 0 for a folder.</param>
public sealed record SandboxEntry(
    string Path, string Name, bool IsFolder, long Size, DateTimeOffset ModifiedAt, string? LinkTarget);

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
