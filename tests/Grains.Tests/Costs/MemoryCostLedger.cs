using System.Globalization;
using Colloquy.Costs;
using Colloquy.Grains.Costs;

namespace Colloquy.Grains.Tests.Costs;

/// <summary>A ledger in memory whose cursor is the number of entries read. Reads can be held back and made to fail.</summary>
internal sealed class MemoryCostLedger : ICostLedger
{
    private readonly Lock _lock = new();
    private readonly List<LedgerEntry> _entries = [];

    public int Reads { get; private set; }

    public Exception? Failure { get; set; }

    /// <summary>Awaited by each read after it has taken its data, so that appends can slip in between.</summary>
    public Func<Task> BeforeAnswer { get; set; } = () => Task.CompletedTask;

    public void Append(params ReadOnlySpan<LedgerEntry> entries)
    {
        lock (_lock)
        {
            _entries.AddRange(entries);
        }
    }

    public async Task<LedgerSlice> ReadAsync(CostKey key, string? cursor, CancellationToken cancellationToken)
    {
        var slice = Take(key, cursor);
        await BeforeAnswer();
        return Failure is { } failure ? throw failure : slice;
    }

    /// <summary>What any reader must end up with.</summary>
    public CostTally Oracle(CostKey key) => CostTally.Empty.Add(Take(key, null).Groups);

    private LedgerSlice Take(CostKey key, string? cursor)
    {
        lock (_lock)
        {
            Reads++;
            var from = cursor is null ? 0 : int.Parse(cursor, CultureInfo.InvariantCulture);
            var groups = _entries.Skip(from)
                .Where(entry => entry.Tenant == key.Tenant && CostKey.For(entry.At).Day == key.Day)
                .GroupBy(entry => (entry.Session, entry.Model))
                .Select(group => new LedgerGroup(
                    group.Key.Session, group.Key.Model, group.Select(Entries.Totals).Aggregate(CostTotals.Zero, CostTotals.Add)))
                .ToList();
            return new LedgerSlice(groups, _entries.Count == 0 ? null : _entries.Count.ToString(CultureInfo.InvariantCulture));
        }
    }
}
