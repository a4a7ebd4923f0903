using Colloquy.Grains.Agents.ClaudeCode;
using Colloquy.Grains.Agents.Command;
using Colloquy.Grains.Agents.Offline;
using Colloquy.Grains.Agents.Python;
using Colloquy.Grains.Environments;
using Microsoft.Extensions.DependencyInjection;

namespace Colloquy.Grains.Agents;

/// <summary>The runtimes of agents, and what finds agents and environments.</summary>
public static class AgentServices
{
    public static IServiceCollection AddAgents(this IServiceCollection services) => services
        .AddSingleton<IAgentRuntime, OfflineRuntime>()
        .AddSingleton<IAgentRuntime, ClaudeCodeRuntime>()
        .AddSingleton<IAgentRuntime, PythonRuntime>()
        .AddSingleton<IAgentRuntime, CommandRuntime>()
        .AddSingleton<ModelAccessIssuer>()
        .AddSingleton<AgentCatalog>()
        .AddSingleton<EnvironmentCatalog>();
}
