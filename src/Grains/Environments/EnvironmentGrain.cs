using Colloquy.Definitions;
using Colloquy.Environments;
using Colloquy.Grains.Definitions;
using Colloquy.Grains.Sessions;
using Colloquy.Sessions;

namespace Colloquy.Grains.Environments;

/// <summary>One environment. The built-in one answers from the code.</summary>
public sealed class EnvironmentGrain(
    [PersistentState("environment", DefinitionStorage.Name)] IPersistentState<EnvironmentState> storage,
    TimeProvider time) : Grain, IEnvironmentGrain
{
    private const string Kind = "environment";

    private string Id => this.GetPrimaryKeyString();

    private IDefinitionDirectoryGrain Directory =>
        GrainFactory.GetGrain<IDefinitionDirectoryGrain>(DirectoryKey.Environments);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        DefinitionStorage.CheckSchema(Id, storage.State.SchemaVersion, EnvironmentState.CurrentSchema);
        return Task.CompletedTask;
    }

    public async Task<EnvironmentDefinition> CreateAsync(EnvironmentDefinition definition)
    {
        RequireOwn();
        var hash = DefinitionJson.Hash(definition);
        if (storage.State.Definition is { } existing)
        {
            return storage.State.CreateHash == hash ? existing : throw new IdempotencyConflictException(Id);
        }

        var now = time.GetUtcNow().Truncated();
        var first = definition with { Id = Id, Revision = 1, CreatedAt = now, UpdatedAt = now, ArchivedAt = null };
        EnvironmentRules.Check(first);
        await Directory.AddAsync(Id, now);
        await storage.StoreAsync(this, new EnvironmentState { CreateHash = hash, Definition = first });
        return first;
    }

    public Task<EnvironmentDefinition> GetAsync() => Task.FromResult(BuiltInEnvironments.Find(Id) ?? Existing());

    public async Task<EnvironmentDefinition> UpdateAsync(EnvironmentDefinition definition)
    {
        RequireOwn();
        var current = Existing();
        if (current.ArchivedAt is not null)
        {
            throw new DefinitionArchivedException(Id);
        }

        if (definition.Revision != current.Revision)
        {
            throw new VersionConflictException(Id, current.Revision);
        }

        var next = definition with
        {
            Id = Id,
            CreatedAt = current.CreatedAt,
            UpdatedAt = current.UpdatedAt,
            ArchivedAt = null,
        };
        EnvironmentRules.Check(next);
        return DefinitionJson.AreSame(next, current) ? current : await StoreAsync(next);
    }

    public async Task<EnvironmentDefinition> ArchiveAsync()
    {
        RequireOwn();
        var current = Existing();
        if (current.ArchivedAt is null)
        {
            current = await StoreAsync(current with { ArchivedAt = time.GetUtcNow().Truncated() });
        }

        await Directory.MarkArchivedAsync(Id);
        return current;
    }

    public async Task DeleteAsync()
    {
        RequireOwn();
        if (storage.State.Definition is not null)
        {
            await storage.DeleteAsync(this);
            await Directory.RemoveAsync(Id);
            DeactivateOnIdle();
            return;
        }

        // A delete that a crash cut short may have left it in the list.
        await Directory.RemoveAsync(Id);
        Existing();
    }

    private async Task<EnvironmentDefinition> StoreAsync(EnvironmentDefinition next)
    {
        next = next with { Revision = next.Revision + 1, UpdatedAt = time.GetUtcNow().Truncated() };
        await storage.StoreAsync(this, storage.State with { Definition = next });
        return next;
    }

    private EnvironmentDefinition Existing()
    {
        if (storage.State.Definition is { } definition)
        {
            return definition;
        }

        DeactivateOnIdle();
        throw new DefinitionNotFoundException(Kind, $"'{Id}'");
    }

    private void RequireOwn()
    {
        if (new EnvironmentId(Id).IsBuiltIn)
        {
            throw new BuiltInDefinitionException(Kind, Id);
        }
    }
}
