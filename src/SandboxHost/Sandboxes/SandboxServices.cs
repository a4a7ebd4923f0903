using Colloquy.SandboxHost.Limits;

namespace Colloquy.SandboxHost.Sandboxes;

/// <summary>What every sandbox of a server uses.</summary>
/// <param name="Limits">Of sandboxes that ask for nothing else.</param>
/// <param name="OrphanGrace">How long beyond its time a sandbox waits for a server to end it.</param>
/// <param name="Gone">Told when one has ended by itself.</param>
internal sealed record SandboxServices(
    CellFactory Cells, SandboxLimits Limits, RunSlots Slots, TimeProvider Time, TimeSpan OrphanGrace, Action<Sandbox> Gone, ILogger Log);
