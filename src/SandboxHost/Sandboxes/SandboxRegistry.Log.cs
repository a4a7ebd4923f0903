namespace Colloquy.SandboxHost.Sandboxes;

internal sealed partial class SandboxRegistry
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Sandbox {SandboxId} has reached its timeout and is killed")]
    private partial void LogExpired(string sandboxId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sandbox {SandboxId} is killed: {Reason}")]
    private partial void LogOverLimit(string sandboxId, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sandbox {SandboxId} was ended by something outside of this server")]
    private partial void LogEndedByItself(string sandboxId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The folder of sandbox {SandboxId} cannot be removed; the next start tries again")]
    private partial void LogFolderStays(string sandboxId, Exception failure);
}
