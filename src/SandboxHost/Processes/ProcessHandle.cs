using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Linux;

namespace Colloquy.SandboxHost.Processes;

/// <summary>A command that was started, by this server or an earlier one, as its folder tells.</summary>
internal sealed class ProcessHandle : IDisposable
{
    private readonly ProcessRecord _record;
    private readonly Stream _alive;
    private readonly CancellationTokenSource _released = new();
    private readonly CancellationTokenSource _over = new();

    /// <exception cref="IOException">The folder is not complete.</exception>
    internal ProcessHandle(ProcessFolder folder, ProcessRecord record)
    {
        (Folder, _record) = (folder, record);
        Input = new ProcessInput(folder, record);
        Output = folder.ReadOutput();
        Error = folder.ReadError();
        _alive = folder.ReadAlive();
        Exited = ExitAsync();
    }

    internal ProcessFolder Folder { get; }

    internal int Pid => _record.Pid;

    internal ProcessSpec Spec => _record.Spec;

    internal ProcessInput Input { get; }

    internal Stream Output { get; }

    internal Stream Error { get; }

    /// <summary>Cancelled once nobody follows the command with this any more.</summary>
    internal CancellationToken Released => _released.Token;

    /// <summary>Cancelled by that, and by the command's end.</summary>
    internal CancellationToken Over => _over.Token;

    /// <summary>Null if this was released before the command's end.</summary>
    internal Task<ExitStatus?> Exited { get; }

    internal void Signal(int signal) =>
        ProcessTable.SignalIfSame(_record.Process.Pid, _record.Process.StartTime, signal);

    /// <summary>Lets go of it; it runs on.</summary>
    public void Dispose()
    {
        _released.Cancel();
        _over.Cancel();
        Output.Dispose();
        Error.Dispose();
        _alive.Dispose();
    }

    private async Task<ExitStatus?> ExitAsync()
    {
        var rest = new byte[16];
        try
        {
            while (await _alive.ReadAsync(rest, Released) > 0)
            {
                // Only the end matters.
            }
        }
        catch (Exception released) when (released is OperationCanceledException or ObjectDisposedException)
        {
            return null;
        }

        await _over.CancelAsync();
        if (Folder.ReadExit() is { } status) return status;
        // Something outside killed the shim, and nobody will ever know how the command ends: so it ends now.
        Signal(LibC.SIGKILL);
        return ExitStatus.FromWait(LibC.SIGKILL);
    }
}
