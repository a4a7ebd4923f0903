using System.Globalization;
using Colloquy.Agents;
using Colloquy.Definitions;
using Colloquy.Grains.Definitions;
using Colloquy.Grains.Sessions;
using Colloquy.Sessions;

namespace Colloquy.Grains.Agents;

/// <summary>One agent. The built-in ones answer from the code.</summary>
public sealed class AgentGrain(
    [PersistentState("agent", DefinitionStorage.Name)] IPersistentState<AgentState> storage,
    ModelAccessOptions models, TimeProvider time) : Grain, IAgentGrain
{
    private const string Kind = "agent";

    private string Id => this.GetPrimaryKeyString();

    private IDefinitionDirectoryGrain Directory =>
        GrainFactory.GetGrain<IDefinitionDirectoryGrain>(DirectoryKey.Agents);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        DefinitionStorage.CheckSchema(Id, storage.State.SchemaVersion, AgentState.CurrentSchema);
        return Task.CompletedTask;
    }

    public async Task<AgentDefinition> CreateAsync(AgentDefinition definition)
    {
        RequireOwn();
        var hash = DefinitionJson.Hash(definition);
        if (storage.State.Versions.Count > 0)
        {
            return storage.State.CreateHash == hash ? Latest() : throw new IdempotencyConflictException(Id);
        }

        var now = time.GetUtcNow().Truncated();
        var first = definition with { Id = Id, Version = 1, CreatedAt = now, UpdatedAt = now, ArchivedAt = null };
        AgentRules.Check(first);
        await Directory.AddAsync(Id, now);
        await storage.StoreAsync(this, new AgentState { CreateHash = hash, Versions = [first] });
        return first;
    }

    public Task<AgentDefinition> GetAsync(int? version) =>
        Task.FromResult(BuiltInAgents.Find(Id, version, models) ?? Own(version));

    public async Task<AgentDefinition> UpdateAsync(AgentDefinition definition)
    {
        RequireOwn();
        var latest = Latest();
        if (latest.ArchivedAt is not null)
        {
            throw new DefinitionArchivedException(Id);
        }

        if (definition.Version != latest.Version)
        {
            throw new VersionConflictException(Id, latest.Version);
        }

        var next = definition with
        {
            Id = Id,
            CreatedAt = latest.CreatedAt,
            UpdatedAt = latest.UpdatedAt,
            ArchivedAt = null,
        };
        AgentRules.Check(next);
        if (DefinitionJson.AreSame(next, latest))
        {
            return latest;
        }

        InputRules.Require(
            latest.Version < DefinitionLimits.MaxVersions, "version",
            $"'{Id}' has {DefinitionLimits.MaxVersions} versions, and no agent may have more. Create a new agent.");
        next = next with { Version = latest.Version + 1, UpdatedAt = time.GetUtcNow().Truncated() };
        IReadOnlyList<AgentDefinition> versions = [.. storage.State.Versions, next];
        InputRules.Require(
            DefinitionJson.Size(versions) <= DefinitionLimits.MaxVersionsBytes, "version",
            $"all versions of '{Id}' together would have more than " +
            $"{DefinitionLimits.MaxVersionsBytes / (1024 * 1024)} MiB, and no agent may. Create a new agent.");
        await storage.StoreAsync(this, storage.State with { Versions = versions });
        return next;
    }

    public async Task<AgentDefinition> ArchiveAsync()
    {
        RequireOwn();
        if (Existing().ArchivedAt is null)
        {
            await storage.StoreAsync(this, storage.State with { ArchivedAt = time.GetUtcNow().Truncated() });
        }

        await Directory.MarkArchivedAsync(Id);
        return Latest();
    }

    public Task<IReadOnlyList<AgentDefinition>> ListVersionsAsync(int? before, int limit)
    {
        var versions = BuiltInAgents.VersionsOf(Id, models) ?? Existing().Versions;
        return Task.FromResult<IReadOnlyList<AgentDefinition>>(
            [.. versions.Reverse().Where(agent => before is null || agent.Version < before).Take(limit).Select(Shown)]);
    }

    private AgentDefinition Latest() => Shown(Existing().Versions[^1]);

    private AgentDefinition Own(int? version)
    {
        if (version is not { } number)
        {
            return Latest();
        }

        var which = string.Create(CultureInfo.InvariantCulture, $"'{Id}' with version {number}");
        return Shown(Existing(which).Versions.ElementAtOrDefault(number - 1)
            ?? throw new DefinitionNotFoundException(Kind, which));
    }

    private AgentDefinition Shown(AgentDefinition agent) => agent with { ArchivedAt = storage.State.ArchivedAt };

    private AgentState Existing(string? which = null)
    {
        if (storage.State.Versions.Count > 0)
        {
            return storage.State;
        }

        DeactivateOnIdle();
        throw new DefinitionNotFoundException(Kind, which ?? $"'{Id}'");
    }

    private void RequireOwn()
    {
        if (new AgentId(Id).IsBuiltIn)
        {
            throw new BuiltInDefinitionException(Kind, Id);
        }
    }
}
