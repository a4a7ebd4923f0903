using Colloquy.Cli.Api;
using Colloquy.Cli.Hosting;
using Colloquy.Sessions;

namespace Colloquy.Cli.Demo;

/// <summary>What all checks of a demo share.</summary>
/// <param name="Agent">The agent under demonstration.</param>
/// <param name="Local">The server, if it runs in this process.</param>
/// <param name="DemoPrices">The server says that the agent's prices stand in for real ones.</param>
internal sealed record DemoSetting(
    ColloquyClient Client, DemoScreen Screen, string Agent, ILocalServer? Local, bool DemoPrices, TimeProvider Time)
{
    /// <summary>The offline agent does what it is told word by word; others are asked in ways they can fail.</summary>
    public bool IsOffline => Agent is BuiltIn.OfflineAgent or BuiltIn.DefaultAgent;
}
