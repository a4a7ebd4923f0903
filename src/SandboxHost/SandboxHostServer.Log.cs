using Colloquy.SandboxHost.Limits;
using Colloquy.SandboxHost.Network;

namespace Colloquy.SandboxHost;

public sealed partial class SandboxHostServer
{
    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Sandboxes of an earlier server: {Adopted} adopted, {Paused} paused, {Gone} gone, {Orphans} orphans ended")]
    private static partial void LogAdopted(ILogger log, int adopted, int paused, int gone, int orphans);

    [LoggerMessage(Level = LogLevel.Information, Message = "Limits of each sandbox: {Limits}")]
    private static partial void LogLimits(ILogger log, LimitsInForce limits);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Sandboxes are served at {Url}, isolation: {Isolation}")]
    private static partial void LogListening(ILogger log, string url, IsolationMode isolation);

    [LoggerMessage(Level = LogLevel.Information, Message = "Network of sandboxes: {Modes}")]
    private static partial void LogNetwork(ILogger log, SandboxNetworks modes);
}
