using Colloquy.Grains.Sandboxes;
using Colloquy.Sessions;
namespace Colloquy.Grains.Agents;
public sealed class AgentOutputReader(SessionId s, TurnId t, long offset = 0)
{
    public long Offset { get; } = offset; public int Warnings { get; } public AgentResult? Result { get; } public LauncherExit? Exit { get; }
    public IReadOnlyList<AgentOutputEvent> Push(ReadOnlySpan<byte> chunk) => throw new InvalidOperationException($"{s}{t}");
    public IReadOnlyList<AgentOutputEvent> Complete() => Offset > 0 ? [] : [];
}
public sealed record LaunchPlan(IReadOnlyList<SandboxFile> Files, ProcessSpec Run);
public static class Launcher
{
    public static LaunchPlan Plan(AgentTurn turn, AgentRun run, ReadOnlyMemory<byte> h) => throw new InvalidOperationException();
    public static ProcessSpec Follow(TurnId t, long offset) => throw new InvalidOperationException();
    public static ProcessSpec Stop(TurnId t) => throw new InvalidOperationException();
}
