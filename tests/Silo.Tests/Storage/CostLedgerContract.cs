using Colloquy.Costs;
using Colloquy.Grains.Costs;
using Colloquy.Sessions;
using CsCheck;
using Xunit;

namespace Colloquy.Tests.Storage;

/// <summary>What every <see cref="ICostLedger"/> does.</summary>
public abstract class CostLedgerContract : StoreContract
{
    private static readonly SessionId[] Sessions = [.. Enumerable.Range(0, 3).Select(_ => SessionId.New())];

    private static readonly string?[] Models = ["model-a", "model-b", null];

    private static readonly Gen<LedgerEntry> Entries =
        from session in Gen.Int[0, Sessions.Length - 1]
        from model in Gen.Int[0, Models.Length - 1]
        from tokens in Gen.Select(Gen.Int[0, 1_000_000].Array[5], t => new TokenUsage(t[0], t[1], t[2], t[3], t[4]))
        from seconds in Gen.Double[0, 5000]
        from machine in Gen.Select(Gen.Int[1, 8], Gen.Int[128, 8192])
        from nanoUsd in Gen.Long[0, 1_000_000_000_000].Nullable(0.2)
        select new LedgerEntry(
            Sessions[session], 0, CostKey.DefaultTenant, Sample.Start, null, Models[model],
            Models[model] is null ? TokenUsage.None : tokens, Models[model] is null ? seconds : 0,
            machine.Item1, machine.Item2, nanoUsd, "v1");

    [Fact]
    public async Task Read_of_an_empty_day_has_no_groups_and_no_cursor()
    {
        var slice = await Store.Ledger.ReadAsync(Sample.Day, null, Token);

        Assert.Empty(slice.Groups);
        Assert.Null(slice.Cursor);
    }

    [Fact]
    public async Task Read_sums_by_session_and_model()
    {
        var session = SessionId.New();
        await BookAsync(
            session, Sample.Entry(session, 1), Sample.Entry(session, 2), Sample.Entry(session, 3, nanoUsd: null),
            Sample.Entry(session, 4, model: null, nanoUsd: 11), Sample.Entry(session, 5, model: null, nanoUsd: null),
            Sample.Entry(session, 6, model: "model-b"));

        var groups = (await Store.Ledger.ReadAsync(Sample.Day, null, Token)).Groups;

        Assert.Equal(3, groups.Count);
        Assert.Equal(
            new CostTotals(new TokenUsage(3, 6, 9, 12, 15), 3, 1, 14, 0, 0, 0, 0),
            Assert.Single(groups, group => group.Model == "model-a").Totals);
        Assert.Equal(
            new CostTotals(TokenUsage.None, 0, 0, 0, 3.0, 6.0, 1.5, 11, 1),
            Assert.Single(groups, group => group.Model is null).Totals);
        Assert.All(groups, group => Assert.Equal(session, group.Session));
    }

    [Fact]
    public async Task Read_keeps_days_and_tenants_apart()
    {
        var session = SessionId.New();
        var lastMoment = new DateTimeOffset(Sample.Day.Day, new TimeOnly(23, 59, 59, 999), TimeSpan.Zero);
        await BookAsync(
            session,
            Sample.Entry(session, 1) with { At = lastMoment },
            Sample.Entry(session, 2) with { At = lastMoment.AddSeconds(1).ToOffset(TimeSpan.FromHours(-5)) },
            Sample.Entry(session, 3) with { Tenant = "other" });

        Assert.Equal(1, await CallsAsync(Sample.Day));
        Assert.Equal(1, await CallsAsync(new CostKey(CostKey.DefaultTenant, Sample.Day.Day.AddDays(1))));
        Assert.Equal(1, await CallsAsync(new CostKey("other", Sample.Day.Day)));
    }

    [Fact]
    public async Task Read_on_with_nothing_new_keeps_the_cursor()
    {
        var session = SessionId.New();
        await BookAsync(session, Sample.Entry(session, 1));
        var first = await Store.Ledger.ReadAsync(Sample.Day, null, Token);

        var second = await Store.Ledger.ReadAsync(Sample.Day, first.Cursor, Token);

        Assert.Empty(second.Groups);
        Assert.Equal(first.Cursor, second.Cursor);
    }

    [Fact]
    public async Task Read_with_a_foreign_cursor_is_refused() =>
        await Assert.ThrowsAsync<ArgumentException>(() => Store.Ledger.ReadAsync(Sample.Day, "soon", Token));

    [Fact]
    public Task Read_in_any_slices_sums_to_the_same_totals() =>
        Gen.Select(Entries.Array[1, 40], Gen.Bool.Array[40]).SampleAsync(
            async (entries, readsAfter) =>
            {
                await using var store = await OpenAsync();
                var heads = Sessions.ToDictionary(session => session, _ => 0L);
                string? cursor = null;
                var slices = new List<LedgerGroup>();
                for (var i = 0; i < entries.Length; i++)
                {
                    var sequence = ++heads[entries[i].Session];
                    var entry = entries[i] with { Sequence = sequence };
                    var append = Sample.Append(entry.Session, sequence, sequence - 1) with { Ledger = [entry] };
                    await store.Sessions.AppendAsync([append], Token);
                    if (readsAfter[i])
                    {
                        var slice = await store.Ledger.ReadAsync(Sample.Day, cursor, Token);
                        slices.AddRange(slice.Groups);
                        cursor = slice.Cursor;
                    }
                }

                slices.AddRange((await store.Ledger.ReadAsync(Sample.Day, cursor, Token)).Groups);
                AssertSame((await store.Ledger.ReadAsync(Sample.Day, null, Token)).Groups, slices);
            },
            iter: 20,
            threads: 1);

    private static void AssertSame(IEnumerable<LedgerGroup> whole, IEnumerable<LedgerGroup> slices)
    {
        var sums = slices.GroupBy(group => (group.Session, group.Model))
            .ToDictionary(group => group.Key, group => group.Aggregate(CostTotals.Zero, (sum, g) => sum + g.Totals));
        var expected = whole.ToList();
        Assert.Equal(expected.Count, sums.Count);
        foreach (var (session, model, totals) in expected)
        {
            var sum = sums[(session, model)];
            // Seconds are sums of floating-point numbers: the order of adding shows in the last digits.
            Assert.Equal(totals.SandboxSeconds, sum.SandboxSeconds, 1e-6);
            Assert.Equal(totals.VCpuSeconds, sum.VCpuSeconds, 1e-6);
            Assert.Equal(totals.GibSeconds, sum.GibSeconds, 1e-6);
            Assert.Equal(
                totals,
                sum with
                {
                    SandboxSeconds = totals.SandboxSeconds,
                    VCpuSeconds = totals.VCpuSeconds,
                    GibSeconds = totals.GibSeconds,
                });
        }
    }

    private Task BookAsync(SessionId session, params LedgerEntry[] entries) =>
        AppendAsync(Sample.Append(session, 1, 0, entries.Length) with { Ledger = entries });

    private async Task<long> CallsAsync(CostKey key) =>
        (await Store.Ledger.ReadAsync(key, null, Token)).Groups.Sum(group => group.Totals.ModelCalls);
}
