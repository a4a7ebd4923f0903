using System.Globalization;
using Colloquy.Agents;
using Colloquy.Definitions;
using Colloquy.Sessions;

namespace Colloquy.Client;

/// <summary>Typed calls to agents, for programs inside the cluster. The errors are those of <see cref="IAgentGrain"/>.</summary>
public sealed class AgentClient(IGrainFactory grains)
{
    /// <summary>Creates an agent. Repeating the same request with the same key returns the agent that exists.</summary>
    /// <param name="definition">Its id, version and times are not looked at.</param>
    /// <param name="idempotencyKey">Null for a new agent on every call.</param>
    public Task<AgentDefinition> CreateAsync(AgentDefinition definition, string? idempotencyKey = null)
    {
        var id = idempotencyKey is null ? AgentId.New() : AgentId.ForIdempotencyKey(idempotencyKey);
        return Grain(id).CreateAsync(definition);
    }

    /// <param name="version">Null for the latest.</param>
    /// <exception cref="DefinitionNotFoundException">There is no such agent or version.</exception>
    public Task<AgentDefinition> GetAsync(AgentId agent, int? version = null) => Grain(agent).GetAsync(version);

    /// <param name="version">Null for the latest.</param>
    /// <returns>Null if there is no such agent or version.</returns>
    public async Task<AgentDefinition?> FindAsync(AgentId agent, int? version = null)
    {
        try
        {
            return await GetAsync(agent, version);
        }
        catch (DefinitionNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Newest first, then the built-in ones. A page may have fewer agents than the limit allows.</summary>
    public async Task<DefinitionPage<AgentDefinition>> ListAsync(DirectoryQuery query)
    {
        var page = await grains.GetGrain<IDefinitionDirectoryGrain>(DirectoryKey.Agents).ListAsync(query);
        // Not there: its create has not come to its end, or never will.
        var found = await Task.WhenAll(page.Ids.Select(id => FindAsync(new AgentId(id))));
        return new DefinitionPage<AgentDefinition>(
            [.. found.OfType<AgentDefinition>().Where(agent => query.IncludeArchived || agent.ArchivedAt is null)],
            page.Next);
    }

    /// <summary>Makes a new version of an agent, unless the change changes nothing.</summary>
    /// <param name="version">The version it is meant for; null for whatever is the latest.</param>
    /// <param name="change">From the latest version to the next one; may be called again if somebody else was faster.</param>
    /// <exception cref="VersionConflictException"><paramref name="version"/> is not the latest.</exception>
    public async Task<AgentDefinition> UpdateAsync(
        AgentId agent, int? version, Func<AgentDefinition, AgentDefinition> change)
    {
        while (true)
        {
            var latest = await Grain(agent).GetAsync(null);
            try
            {
                return await Grain(agent).UpdateAsync(change(latest) with { Version = version ?? latest.Version });
            }
            catch (VersionConflictException) when (version is null)
            {
                // Somebody else was faster: the change is made to theirs.
            }
        }
    }

    /// <summary>From now on it starts no new sessions. Repeating it changes nothing.</summary>
    public Task<AgentDefinition> ArchiveAsync(AgentId agent) => Grain(agent).ArchiveAsync();

    /// <summary>Newest first.</summary>
    /// <exception cref="InvalidInputException">The cursor is not one of ours.</exception>
    public async Task<DefinitionPage<AgentDefinition>> ListVersionsAsync(AgentId agent, string? cursor, int limit)
    {
        var versions = await Grain(agent).ListVersionsAsync(ReadCursor(cursor), limit + 1);
        var page = versions.Take(limit).ToList();
        return new DefinitionPage<AgentDefinition>(
            page, versions.Count > limit ? page[^1].Version.ToString(CultureInfo.InvariantCulture) : null);
    }

    private static int? ReadCursor(string? cursor) =>
        cursor is null ? null
        : int.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version
        : throw new InvalidInputException(
            "page", $"'{cursor}' is not the next_page of a list of versions. Leave it out to begin with the newest.");

    private IAgentGrain Grain(AgentId agent) => grains.GetGrain<IAgentGrain>(agent.Value);
}
