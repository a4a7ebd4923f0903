using Colloquy.Agents;
using Colloquy.Definitions;
using Colloquy.Sessions;

namespace Colloquy.Grains.Agents;

/// <summary>Finds agents by id and version, and what runs them.</summary>
public sealed class AgentCatalog(IEnumerable<IAgentRuntime> runtimes, ModelAccessOptions models, IGrainFactory grains)
{
    private readonly Dictionary<string, IAgentRuntime> _runtimes =
        runtimes.ToDictionary(runtime => runtime.Kind, StringComparer.Ordinal);

    /// <param name="version">Null for the latest.</param>
    /// <exception cref="InvalidInputException">Unknown.</exception>
    public async Task<AgentDefinition> FindAsync(string id, int? version)
    {
        if (BuiltInAgents.Find(id, version, models) is { } builtIn)
        {
            return builtIn;
        }

        try
        {
            return AgentId.TryParse(id, out var agent)
                ? await grains.GetGrain<IAgentGrain>(agent.Value).GetAsync(version)
                : throw new DefinitionNotFoundException("agent", $"'{id}'");
        }
        catch (DefinitionNotFoundException unknown)
        {
            throw new InvalidInputException("agent", unknown.Message);
        }
    }

    /// <summary>The agent of a session that is about to be created.</summary>
    /// <exception cref="InvalidInputException">Unknown, archived, or something it needs is missing here.</exception>
    public async Task<AgentDefinition> ForNewSessionAsync(string id, int? version)
    {
        var agent = await FindAsync(id, version);
        InputRules.Require(
            agent.ArchivedAt is null, "agent", $"'{id}' is archived: it starts no new sessions. Choose another agent.");
        RuntimeOf(agent);
        return agent;
    }

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
