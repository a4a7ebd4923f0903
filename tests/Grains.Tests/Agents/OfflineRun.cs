using Colloquy.Grains.Agents;
using Colloquy.Grains.Agents.Offline;
using Colloquy.Sessions;

namespace Colloquy.Grains.Tests.Agents;

internal static class OfflineRun
{
    public static AgentRun Of(AgentTurn turn) =>
        new OfflineRuntime().Prepare(BuiltInAgents.Find(BuiltIn.OfflineAgent, null, new ModelAccessOptions())!, turn);
}
