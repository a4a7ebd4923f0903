using Colloquy.Definitions;
using Colloquy.Sessions;

namespace Colloquy.Agents;

/// <summary>One agent with all its versions. The key is an <see cref="AgentId"/>.</summary>
[Alias("agents.agent")]
public interface IAgentGrain : IGrainWithStringKey
{
    /// <summary>Stores version 1. Repeating the same request changes nothing.</summary>
    /// <param name="definition">Its id, version and times are not looked at.</param>
    /// <exception cref="InvalidInputException">Names the first field that is wrong.</exception>
    /// <exception cref="IdempotencyConflictException">The agent exists, made by another request.</exception>
    [Alias("create")]
    Task<AgentDefinition> CreateAsync(AgentDefinition definition);

    /// <param name="version">Null for the latest.</param>
    /// <exception cref="DefinitionNotFoundException">There is no such agent or version.</exception>
    [Alias("get")]
    Task<AgentDefinition> GetAsync(int? version);

    /// <summary>Stores a new version, unless it would say what the latest says.</summary>
    /// <param name="definition">Its version is the one that it was made from.</param>
    /// <exception cref="VersionConflictException">That is not the latest any more.</exception>
    /// <exception cref="DefinitionArchivedException"/>
    /// <exception cref="BuiltInDefinitionException"/>
    /// <exception cref="InvalidInputException">Names the first field that is wrong.</exception>
    [Alias("update")]
    Task<AgentDefinition> UpdateAsync(AgentDefinition definition);

    /// <summary>From now on it starts no new sessions and takes no new versions. Repeating it changes nothing.</summary>
    /// <exception cref="BuiltInDefinitionException"/>
    [Alias("archive")]
    Task<AgentDefinition> ArchiveAsync();

    /// <summary>Newest first.</summary>
    /// <param name="before">Only versions before this one; null for all.</param>
    [Alias("versions")]
    Task<IReadOnlyList<AgentDefinition>> ListVersionsAsync(int? before, int limit);
}
