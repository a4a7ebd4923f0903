using Colloquy.Grains.Sandboxes;
using Colloquy.Sessions;
namespace Colloquy.Grains.Agents;
public sealed record LaunchPlan(IReadOnlyList<SandboxFile> Files, ProcessSpec Run);
public static class Launcher
{
    public static LaunchPlan Plan(AgentTurn turn, AgentRun run, ReadOnlyMemory<byte> h) => throw new InvalidOperationException();
    public static ProcessSpec Follow(TurnId t, long offset) => throw new InvalidOperationException();
    public static ProcessSpec Stop(TurnId t) => throw new InvalidOperationException();
}
