using System.Threading.Channels;

namespace Colloquy.SandboxHost.Processes;

/// <summary>One reader of a process's output. Room for a few chunks only: a slow reader stalls the process.</summary>
internal sealed class Subscription(Action<Subscription> left) : IDisposable
{
    private const int Room = 4;
    private readonly Channel<ProcessOutput> _channel =
        Channel.CreateBounded<ProcessOutput>(new BoundedChannelOptions(Room) { SingleReader = true });

    /// <summary>Ends after <see cref="ProcessOutput.End"/>, or throws if the sandbox ended first.</summary>
    internal ChannelReader<ProcessOutput> Outputs => _channel.Reader;

    /// <summary>Leaves; the process runs on.</summary>
    public void Dispose()
    {
        left(this);
        _channel.Writer.TryComplete();
    }

    internal async ValueTask WriteAsync(ProcessOutput output)
    {
        try
        {
            await _channel.Writer.WriteAsync(output);
        }
        catch (ChannelClosedException)
        {
            // It left while this was waiting for room.
        }
    }

    /// <summary>Says that there is nothing to say, unless something is on its way anyway.</summary>
    internal void KeepAlive() => _channel.Writer.TryWrite(new ProcessOutput.KeepAlive());

    internal void Complete(Exception? failure = null) => _channel.Writer.TryComplete(failure);
}
