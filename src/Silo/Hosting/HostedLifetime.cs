namespace Colloquy.Silo.Hosting;

/// <summary>For a server inside another program: signals such as Ctrl-C belong to that program.</summary>
internal sealed class HostedLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
