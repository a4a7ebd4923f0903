namespace Colloquy.SandboxHost.Sandboxes;

/// <summary>What happens to sandboxes without anybody's asking for it.</summary>
internal static partial class SandboxLog
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Sandbox {SandboxId} has reached its timeout and is {Fate}")]
    internal static partial void Expired(this ILogger log, string sandboxId, string fate);

    [LoggerMessage(Level = LogLevel.Error, Message = "Sandbox {SandboxId} has to end or to be paused, which fails; this is tried again")]
    internal static partial void EndFailed(this ILogger log, string sandboxId, Exception failure);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sandbox {SandboxId} runs on without its network")]
    internal static partial void NotReconnected(this ILogger log, string sandboxId, Exception failure);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The start command of sandbox {SandboxId}'s template did not start")]
    internal static partial void NotStarted(this ILogger log, string sandboxId, Exception failure);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sandbox {SandboxId} is killed: {Reason}")]
    internal static partial void OverLimit(this ILogger log, string sandboxId, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sandbox {SandboxId} was ended by something outside of this server and is {Fate}")]
    internal static partial void EndedByItself(this ILogger log, string sandboxId, string fate);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The folder of sandbox {SandboxId} cannot be removed; the next start tries again")]
    internal static partial void FolderStays(this ILogger log, string sandboxId, Exception failure);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sandbox {SandboxId} of an earlier server is gone: {Reason}")]
    internal static partial void Gone(this ILogger log, string sandboxId, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Sandbox {SandboxId} of an earlier server cannot be taken over; it is left as it is, and the next start tries again")]
    internal static partial void NotAdopted(this ILogger log, string sandboxId, Exception failure);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Control groups of sandboxes that are gone cannot be removed; the next start tries again")]
    internal static partial void LeftoversStay(this ILogger log, Exception failure);

    [LoggerMessage(Level = LogLevel.Error, Message = "The files of sandbox {SandboxId} cannot be measured, so nothing limits them; this is tried again")]
    internal static partial void NotMeasured(this ILogger log, string sandboxId, Exception failure);

    [LoggerMessage(Level = LogLevel.Error, Message = "Sandbox {SandboxId} cannot be ended or paused with this server; the next start goes on with it")]
    internal static partial void NotStopped(this ILogger log, string sandboxId, Exception failure);

    [LoggerMessage(Level = LogLevel.Warning, Message = "No spare sandbox could be made; the next one is made when it is asked for")]
    internal static partial void NoSpare(this ILogger log, Exception failure);
}
