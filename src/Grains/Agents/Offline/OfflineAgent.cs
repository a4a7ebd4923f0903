using System.Text;
using Colloquy.Grains.Sandboxes;
using Colloquy.Sessions;

namespace Colloquy.Grains.Agents.Offline;

/// <summary>
/// The agent that needs no key and no network: it plans by fixed rules and executes in the sandbox. For demos and
/// tests of everything around an agent.
/// </summary>
internal sealed class OfflineAgent(string id) : IAgent
{
    public const string Model = "offline-1";

    private static readonly byte[] Script = ReadScript();

    public AgentSummary Summary { get; } = new(
        id, 1, "Offline", Model,
        "A deterministic agent for demos: it follows simple instructions in the sandbox and calls no model. Token counts are estimates.");

    public string? Missing => null;

    public AgentRun Prepare(AgentTurn turn)
    {
        var plan = OfflinePlan.Write(turn.Session, turn.Turn, turn.Prompt, OfflinePlanner.Plan(turn.Prompt));
        return new AgentRun(
            [new SandboxFile("offline.sh", Script), new SandboxFile("plan.sh", Encoding.UTF8.GetBytes(plan))],
            ["/bin/sh", "-c", ". \"$TURN_DIR/offline.sh\""],
            new Dictionary<string, string>());
    }

    private static byte[] ReadScript()
    {
        using var stream = typeof(OfflineAgent).Assembly.GetManifestResourceStream("Colloquy.offline.sh")
            ?? throw new InvalidOperationException("offline.sh is not embedded in the assembly.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
