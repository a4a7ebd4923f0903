using Colloquy.Grains.Agents.Offline;
using Colloquy.Sessions;
using Microsoft.Extensions.DependencyInjection;

namespace Colloquy.Grains.Agents;

/// <summary>Registers the agents that exist without being created.</summary>
public static class BuiltInAgents
{
    private const string Remedy = "It is not part of this version. Use 'agent_offline' or 'agent_default'.";

    public static IServiceCollection AddBuiltInAgents(this IServiceCollection services) => services
        .AddSingleton<IAgent>(new OfflineAgent(BuiltIn.OfflineAgent))
        .AddSingleton<IAgent>(new OfflineAgent(BuiltIn.DefaultAgent))
        .AddSingleton<IAgent>(new UnavailableAgent(
            new AgentSummary(BuiltIn.ClaudeCodeAgent, 1, "Claude Code", "claude-opus-5-5", "The Claude Code CLI in the sandbox."),
            $"the model gateway and the Claude Code sandbox template are missing. {Remedy}"))
        .AddSingleton<IAgent>(new UnavailableAgent(
            new AgentSummary(BuiltIn.PythonAgent, 1, "Python", "claude-opus-5-5", "A Python program with the Claude Agent SDK in the sandbox."),
            $"the model gateway and the Python sandbox template are missing. {Remedy}"))
        .AddSingleton<AgentCatalog>();
}
