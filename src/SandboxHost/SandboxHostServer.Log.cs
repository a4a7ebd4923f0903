using Colloquy.SandboxHost.Network;

namespace Colloquy.SandboxHost;

public sealed partial class SandboxHostServer
{
    [LoggerMessage(Level = LogLevel.Information, Message = "Removed {Folders} sandboxes that an earlier server left behind; {Alive} of them were still running")]
    private static partial void LogReaped(ILogger log, int folders, int alive);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Sandboxes are served at {Url}, isolation: {Isolation}")]
    private static partial void LogListening(ILogger log, string url, IsolationMode isolation);

    [LoggerMessage(Level = LogLevel.Information, Message = "Network of sandboxes: {Modes}")]
    private static partial void LogNetwork(ILogger log, SandboxNetworks modes);
}
