using Colloquy.Definitions;
using Colloquy.Environments;

namespace Colloquy.Client;

/// <summary>
/// Typed calls to environments, for programs inside the cluster. The errors are those of <see cref="IEnvironmentGrain"/>.
/// </summary>
public sealed class EnvironmentClient(IGrainFactory grains)
{
    /// <summary>Creates an environment. Repeating the same request with the same key returns the one that exists.</summary>
    /// <param name="definition">Its id, revision and times are not looked at.</param>
    /// <param name="idempotencyKey">Null for a new environment on every call.</param>
    public Task<EnvironmentDefinition> CreateAsync(EnvironmentDefinition definition, string? idempotencyKey = null)
    {
        var id = idempotencyKey is null ? EnvironmentId.New() : EnvironmentId.ForIdempotencyKey(idempotencyKey);
        return Grain(id).CreateAsync(definition);
    }

    /// <exception cref="DefinitionNotFoundException">It was never created, or it was deleted.</exception>
    public Task<EnvironmentDefinition> GetAsync(EnvironmentId environment) => Grain(environment).GetAsync();

    /// <summary>Newest first, then the built-in one. A page may have fewer environments than the limit allows.</summary>
    public async Task<DefinitionPage<EnvironmentDefinition>> ListAsync(DirectoryQuery query)
    {
        var page = await grains.GetGrain<IDefinitionDirectoryGrain>(DirectoryKey.Environments).ListAsync(query);
        var found = await Task.WhenAll(page.Ids.Select(id => FindAsync(new EnvironmentId(id))));
        return new DefinitionPage<EnvironmentDefinition>(
            [
                .. found.OfType<EnvironmentDefinition>()
                    .Where(environment => query.IncludeArchived || environment.ArchivedAt is null),
            ],
            page.Next);
    }

    /// <param name="change">From what it is to what it is to be; may be called again if somebody else was faster.</param>
    public async Task<EnvironmentDefinition> UpdateAsync(
        EnvironmentId environment, Func<EnvironmentDefinition, EnvironmentDefinition> change)
    {
        while (true)
        {
            try
            {
                return await Grain(environment).UpdateAsync(change(await GetAsync(environment)));
            }
            catch (VersionConflictException)
            {
                // Somebody else was faster: the change is made to theirs.
            }
        }
    }

    /// <summary>From now on it takes no new sessions. Repeating it changes nothing.</summary>
    public Task<EnvironmentDefinition> ArchiveAsync(EnvironmentId environment) => Grain(environment).ArchiveAsync();

    /// <summary>Forgets it. Sessions that were created with it go on.</summary>
    public Task DeleteAsync(EnvironmentId environment) => Grain(environment).DeleteAsync();

    private async Task<EnvironmentDefinition?> FindAsync(EnvironmentId environment)
    {
        try
        {
            return await GetAsync(environment);
        }
        catch (DefinitionNotFoundException)
        {
            // It was deleted, or its create has not come to its end.
            return null;
        }
    }

    private IEnvironmentGrain Grain(EnvironmentId environment) =>
        grains.GetGrain<IEnvironmentGrain>(environment.Value);
}
