namespace Colloquy.Silo.Sandboxes.E2B;

internal sealed partial class E2BSandboxProvider
{
    [LoggerMessage(LogLevel.Information, "Lease {Lease} already has sandbox {SandboxId}: using it.")]
    private partial void LogAdopted(string lease, string sandboxId);

    [LoggerMessage(LogLevel.Warning,
        "Lease {Lease} has {Count} sandboxes, because answers to creating them were lost. Using the oldest, " +
        "{SandboxId}; the others end with their timeout.")]
    private partial void LogSeveral(string lease, int count, string sandboxId);
}
