using Colloquy.Agents;

namespace Colloquy.Web.Tests.Doubles;

/// <summary>An agent that exists, whatever its id, and cannot be changed.</summary>
internal sealed class InMemoryAgent(string id) : IAgentGrain
{
    public Task<AgentDefinition> GetAsync(int? version) => Task.FromResult(
        new AgentDefinition(id, version ?? 1, "Offline", AgentRuntime.Offline, "offline-1") { System = "Be brief." });

    public Task<AgentDefinition> CreateAsync(AgentDefinition definition) => throw new NotSupportedException();

    public Task<AgentDefinition> UpdateAsync(AgentDefinition definition) => throw new NotSupportedException();

    public Task<AgentDefinition> ArchiveAsync() => throw new NotSupportedException();

    public Task<IReadOnlyList<AgentDefinition>> ListVersionsAsync(int? before, int limit) =>
        throw new NotSupportedException();
}
