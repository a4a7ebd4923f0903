using Colloquy.Cli.Api;
using Colloquy.Cli.Hosting;

namespace Colloquy.Cli.Demo;

/// <summary>What all checks of a demo share.</summary>
/// <param name="Agent">The agent under demonstration.</param>
/// <param name="Local">The server, if it runs in this process.</param>
/// <param name="IsOffline">It does what it is told word by word, and calls no model.</param>
/// <param name="DemoPrices">The server says that the agent's prices stand in for real ones.</param>
internal sealed record DemoSetting(
    ColloquyClient Client, DemoScreen Screen, string Agent, ILocalServer? Local, bool IsOffline, bool DemoPrices, TimeProvider Time);
