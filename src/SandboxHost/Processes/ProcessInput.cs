using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Linux;

namespace Colloquy.SandboxHost.Processes;

/// <summary>The standard input of a command. Its shim keeps it open, so it stays open without this server too.</summary>
#pragma warning disable CA1001 // a semaphore holds nothing as long as nobody asks for its wait handle
internal sealed class ProcessInput(ProcessFolder folder, ProcessRecord record)
#pragma warning restore CA1001
{
    private readonly SemaphoreSlim _one = new(1);
    private volatile bool _open = record.Input;

    /// <summary>Ends once the pipe has taken everything; that can take as long as the command does not read.</summary>
    /// <exception cref="InputClosedException"/>
    internal async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            if (!_open) throw new InputClosedException("stdin not enabled or closed");
            await using var input = folder.WriteInput();
            await input.WriteAsync(bytes, cancellationToken);
        }
        catch (IOException noReader)
        {
            throw new InputClosedException($"the process has closed its stdin: {noReader.Message}");
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>The command finds the end once it has read what was written; closing twice is the same.</summary>
    internal void Close()
    {
        _open = false;
        ProcessTable.SignalIfSame(record.Shim.Pid, record.Shim.StartTime, Shim.CloseInput);
        folder.Write(record with { Input = false });
    }
}
