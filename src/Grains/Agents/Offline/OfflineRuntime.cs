using System.Text;
using Colloquy.Agents;
using Colloquy.Grains.Sandboxes;

namespace Colloquy.Grains.Agents.Offline;

/// <summary>
/// The agent that needs no key and no network: it plans by fixed rules and executes in the sandbox. For demos and
/// tests of everything around an agent.
/// </summary>
internal sealed class OfflineRuntime : IAgentRuntime
{
    public const string Model = "offline-1";

    private static readonly byte[] Script = EmbeddedFile.Read("offline.sh");

    public string Kind => AgentRuntime.Offline;

    public string? Missing => null;

    public string? Template => null;

    public bool CallsModels => false;

    public AgentRun Prepare(AgentDefinition agent, AgentTurn turn)
    {
        var plan = OfflinePlan.Write(turn.Session, turn.Turn, turn.Prompt, OfflinePlanner.Plan(turn.Prompt));
        return new AgentRun(
            [new SandboxFile("offline.sh", Script), new SandboxFile("plan.sh", Encoding.UTF8.GetBytes(plan))],
            ["/bin/sh", "-c", ". \"$TURN_DIR/offline.sh\""],
            new Dictionary<string, string>());
    }
}
