using Colloquy.Agents;
using Colloquy.Sessions;

namespace Colloquy.Grains.Agents;

/// <summary>Finds agents by id and version, and what runs them.</summary>
public sealed class AgentCatalog(IEnumerable<IAgentRuntime> runtimes, ModelAccessOptions models)
{
    private readonly Dictionary<string, IAgentRuntime> _runtimes =
        runtimes.ToDictionary(runtime => runtime.Kind, StringComparer.Ordinal);

    /// <param name="version">Null for the latest.</param>
    /// <exception cref="InvalidInputException">Unknown.</exception>
    public Task<AgentDefinition> FindAsync(string id, int? version) =>
        Task.FromResult(BuiltInAgents.Find(id, version, models) ?? throw new InvalidInputException(
            "agent", $"'{id}' is not known. Known agents: {string.Join(", ", BuiltInAgents.Ids)}."));

    /// <exception cref="InvalidInputException">Something it needs is missing here.</exception>
    public IAgentRuntime RuntimeOf(AgentDefinition agent)
    {
        return _runtimes.GetValueOrDefault(agent.Runtime) switch
        {
            null => throw Cannot($"it has no runtime '{agent.Runtime}'."),
            { Missing: { } missing } => throw Cannot(missing),
            { } runtime => runtime,
        };

        InvalidInputException Cannot(string why) =>
            new("agent", $"'{agent.Id}' cannot run on this server: {why}");
    }
}
