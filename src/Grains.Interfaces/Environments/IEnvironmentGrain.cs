using Colloquy.Definitions;
using Colloquy.Sessions;

namespace Colloquy.Environments;

/// <summary>One environment. The key is an <see cref="EnvironmentId"/>.</summary>
[Alias("environments.environment")]
public interface IEnvironmentGrain : IGrainWithStringKey
{
    /// <summary>Repeating the same request changes nothing.</summary>
    /// <param name="definition">Its id, revision and times are not looked at.</param>
    /// <exception cref="InvalidInputException">Names the first field that is wrong.</exception>
    /// <exception cref="IdempotencyConflictException">The environment exists, made by another request.</exception>
    [Alias("create")]
    Task<EnvironmentDefinition> CreateAsync(EnvironmentDefinition definition);

    /// <exception cref="DefinitionNotFoundException">It was never created, or it was deleted.</exception>
    [Alias("get")]
    Task<EnvironmentDefinition> GetAsync();

    /// <param name="definition">Its revision is the one that it was made from.</param>
    /// <exception cref="VersionConflictException">That is not the latest any more.</exception>
    /// <exception cref="DefinitionArchivedException"/>
    /// <exception cref="BuiltInDefinitionException"/>
    /// <exception cref="InvalidInputException">Names the first field that is wrong.</exception>
    [Alias("update")]
    Task<EnvironmentDefinition> UpdateAsync(EnvironmentDefinition definition);

    /// <summary>From now on it takes no new sessions and no changes. Repeating it changes nothing.</summary>
    /// <exception cref="BuiltInDefinitionException"/>
    [Alias("archive")]
    Task<EnvironmentDefinition> ArchiveAsync();

    /// <summary>Forgets it. Sessions that were created with it go on: they keep what it was.</summary>
    /// <exception cref="DefinitionNotFoundException">There is nothing to delete.</exception>
    /// <exception cref="BuiltInDefinitionException"/>
    [Alias("delete")]
    Task DeleteAsync();
}
