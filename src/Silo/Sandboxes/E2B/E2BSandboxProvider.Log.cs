namespace Colloquy.Silo.Sandboxes.E2B;

internal sealed partial class E2BSandboxProvider
{
    [LoggerMessage(LogLevel.Information, "Lease {Lease} already has sandbox {SandboxId}: using it.")]
    private partial void LogAdopted(string lease, string sandboxId);

    [LoggerMessage(LogLevel.Warning,
        "Lease {Lease} has {Count} sandboxes, because answers to creating them were lost. Using the oldest, " +
        "{SandboxId}; killing the others.")]
    private partial void LogSeveral(string lease, int count, string sandboxId);

    [LoggerMessage(LogLevel.Warning,
        "Sandbox {SandboxId} was to have {AskedVCpus} vCPU and {AskedMiB} MiB of memory, and has {VCpus} vCPU and {MemoryMiB} MiB: " +
        "its provider sizes sandboxes by their templates. It is billed by what it has.")]
    private partial void LogOtherSize(string sandboxId, int askedVCpus, int askedMiB, int vCpus, int memoryMiB);

    [LoggerMessage(LogLevel.Warning, "Could not kill sandbox {SandboxId}, which nobody uses: {Reason}")]
    private partial void LogNotKilled(string sandboxId, string reason);
}
