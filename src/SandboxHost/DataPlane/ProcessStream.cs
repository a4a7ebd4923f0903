using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Processes;
using Colloquy.SandboxHost.Sandboxes;

namespace Colloquy.SandboxHost.DataPlane;

/// <summary>Sends what a process does to one caller until the process, the sandbox, the time or the caller ends.</summary>
internal sealed class ProcessStream(TimeProvider time)
{
    /// <param name="open">Says which process, and may fail; that too is an answer in the stream.</param>
    internal async Task RunAsync(
        HttpContext http, Sandbox sandbox, Func<Task<(SandboxProcess Process, Subscription Output)>> open)
    {
        if (!StreamHeaders.Accept(http)) return;
        using var writer = new EventWriter(http.Response.BodyWriter);
        var failure = await TryAsync(http, sandbox, open, writer);
        await writer.EndAsync(failure, http.RequestAborted);
    }

    private async Task<ConnectException?> TryAsync(
        HttpContext http,
        Sandbox sandbox,
        Func<Task<(SandboxProcess Process, Subscription Output)>> open,
        EventWriter writer)
    {
        try
        {
            SandboxUser.Check(http);
            var timeout = StreamHeaders.Timeout(http.Request);
            if (timeout == TimeSpan.Zero) throw DeadlineExceeded();
            var begun = time.GetTimestamp();
            var (process, output) = await open();
            using (output) await ForwardAsync(http, process, output, timeout, begun, writer);
            return null;
        }
        catch (ConnectException failure)
        {
            return failure;
        }
        catch (SandboxFullException full)
        {
            return new ConnectException(ConnectException.ResourceExhausted, full.Message);
        }
        catch (SandboxGoneException)
        {
            return new ConnectException(
                ConnectException.Unavailable,
                $"the connection to sandbox {sandbox.Id} ended before the stream completed");
        }
    }

    private async Task ForwardAsync(
        HttpContext http, SandboxProcess process, Subscription output, TimeSpan? timeout, long begun, EventWriter writer)
    {
        var interval = StreamHeaders.KeepAlive(http.Request);
        using var deadline = new CancellationTokenSource(timeout ?? Timeout.InfiniteTimeSpan, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, http.RequestAborted);
        await using var keepAlive = time.CreateTimer(_ => output.KeepAlive(), null, interval, interval);
        try
        {
            await writer.StartAsync(process.Pid, stop.Token);
            await foreach (var happened in output.Outputs.ReadAllAsync(stop.Token))
            {
                // The process dies at the same time, and its end may be quicker than our timer.
                if (happened is ProcessOutput.End && time.GetElapsedTime(begun) >= timeout) throw DeadlineExceeded();
                await writer.SendAsync(happened, stop.Token);
                if (happened is not ProcessOutput.KeepAlive) keepAlive.Change(interval, interval);
            }
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            throw DeadlineExceeded();
        }
    }

    private static ConnectException DeadlineExceeded() => new(ConnectException.DeadlineExceeded, "context deadline exceeded");
}
