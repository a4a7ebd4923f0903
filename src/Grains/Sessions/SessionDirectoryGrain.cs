using Colloquy.Sessions;
using Orleans.Concurrency;

namespace Colloquy.Grains.Sessions;

/// <summary>Reads session rows; holds nothing.</summary>
[StatelessWorker]
public sealed class SessionDirectoryGrain(ISessionStore store) : Grain, ISessionDirectoryGrain
{
    public async Task<SessionPage> ListAsync(SessionQuery query)
    {
        if (query.Limit is < 1 or > SessionLimits.MaxPageSize)
        {
            throw new InvalidInputException("limit", $"must be 1 to {SessionLimits.MaxPageSize}.");
        }

        if (query.Statuses?.FirstOrDefault(status => !SessionStatus.All.Contains(status)) is { } unknown)
        {
            throw new InvalidInputException(
                "statuses", $"'{unknown}' is not a status. Allowed: {string.Join(", ", SessionStatus.All)}.");
        }

        var page = await store.ListAsync(query, CancellationToken.None);
        return new SessionPage([.. page.Rows.Select(row => SessionStateJson.Read(row).ToSnapshot())], page.Next);
    }
}
