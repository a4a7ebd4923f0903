using System.Globalization;
using Colloquy.Definitions;
using Colloquy.Grains.Agents;
using Colloquy.Grains.Environments;
using Colloquy.Sessions;
using static Colloquy.Grains.InputRules;

namespace Colloquy.Grains.Definitions;

/// <summary>
/// One row with all entries: definitions are made by people and deployments, so there are hundreds, not millions. It
/// never calls a definition: a definition that waits for it must not be waited for.
/// </summary>
public sealed class DefinitionDirectoryGrain(
    [PersistentState("directory", DefinitionStorage.Name)] IPersistentState<DirectoryState> storage)
    : Grain, IDefinitionDirectoryGrain
{
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        DefinitionStorage.CheckSchema(this.GetPrimaryKeyString(), storage.State.SchemaVersion, DirectoryState.CurrentSchema);
        return Task.CompletedTask;
    }

    public async Task AddAsync(string id, DateTimeOffset createdAt)
    {
        var state = storage.State;
        if (!state.Entries.Any(entry => entry.Id == id))
        {
            var number = state.LastNumber + 1;
            await storage.StoreAsync(this, state with
            {
                Entries = [.. state.Entries, new DirectoryEntry(number, id, createdAt, Archived: false)],
                LastNumber = number,
            });
        }
    }

    public async Task MarkArchivedAsync(string id)
    {
        if (storage.State.Entries.Any(entry => entry.Id == id && !entry.Archived))
        {
            await storage.StoreAsync(this, storage.State with
            {
                Entries = [.. storage.State.Entries.Select(entry => entry.Id == id ? entry with { Archived = true } : entry)],
            });
        }
    }

    public async Task RemoveAsync(string id)
    {
        if (storage.State.Entries.Any(entry => entry.Id == id))
        {
            await storage.StoreAsync(this, storage.State with
            {
                Entries = [.. storage.State.Entries.Where(entry => entry.Id != id)],
            });
        }
    }

    public Task<DirectoryPage> ListAsync(DirectoryQuery query)
    {
        Require(
            query.Limit is >= 1 and <= DefinitionLimits.MaxPageSize, "limit", $"must be 1 to {DefinitionLimits.MaxPageSize}.");
        var before = ReadCursor(query.Cursor);
        var rest = storage.State.Entries.Reverse().Concat(BuiltIns())
            .Where(entry => entry.Number < before && (query.IncludeArchived || !entry.Archived) &&
                (query.From is null || entry.CreatedAt >= query.From) &&
                (query.Until is null || entry.CreatedAt <= query.Until))
            .Take(query.Limit + 1)
            .ToList();
        var page = rest.Take(query.Limit).ToList();
        var next = rest.Count > page.Count ? page[^1].Number.ToString(CultureInfo.InvariantCulture) : null;
        return Task.FromResult(new DirectoryPage([.. page.Select(entry => entry.Id)], next));
    }

    /// <summary>Their numbers are negative, so that they come last.</summary>
    private IEnumerable<DirectoryEntry> BuiltIns()
    {
        var (ids, since) = this.GetPrimaryKeyString() == DirectoryKey.Agents
            ? (BuiltInAgents.Ids, BuiltInAgents.Since)
            : ([BuiltIn.DefaultEnvironment], BuiltInEnvironments.Since);
        return ids.Select((id, index) => new DirectoryEntry(-1 - index, id, since, Archived: false));
    }

    private static int ReadCursor(string? cursor) =>
        cursor is null ? int.MaxValue
        : int.TryParse(cursor, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number
        : throw new InvalidInputException("page", $"'{cursor}' is not the next_page of a list. Leave it out to begin with the newest.");
}
