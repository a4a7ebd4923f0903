using Colloquy.Costs;
using Colloquy.Grains.Costs;
using CsCheck;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;
using Xunit;

namespace Colloquy.Grains.Tests.Costs;

public sealed class CostAggregatorGrainTests : IAsyncLifetime
{
    private const int ManyCallers = 50;
    private readonly MemoryCostLedger _ledger = new();
    private readonly TaskCompletionSource _manyArrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _arrivals;
    private InProcessTestCluster _cluster = null!;

    public async ValueTask InitializeAsync()
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.Services.AddSingleton<ICostLedger>(_ledger);
            silo.AddIncomingGrainCallFilter(CountArrival);
        });
        _cluster = builder.Build();
        await _cluster.DeployAsync();
    }

    public async ValueTask DisposeAsync() => await _cluster.DisposeAsync();

    private ICostAggregatorGrain Grain => _cluster.Client.GetGrain<ICostAggregatorGrain>(Entries.Today.GrainKey);

    [Fact]
    public async Task Get_of_an_empty_day_is_zero()
    {
        var day = await Grain.GetAsync();

        Assert.Equal(Entries.Today.Day, day.Day);
        Assert.Equal(CostTotals.Zero, day.Totals);
        Assert.Empty(day.ByModel);
        Assert.Empty(day.BySession);
    }

    [Fact]
    public async Task Get_without_any_hint_sees_what_was_just_appended()
    {
        await Grain.GetAsync();
        _ledger.Append(Entries.Call("sesn_1", "model-a", 10, 100), Entries.Sandbox("sesn_1", 2, null));

        await AssertEqualsLedgerAsync();
    }

    [Fact]
    public async Task Get_after_deactivation_is_rebuilt_from_the_ledger()
    {
        _ledger.Append(Entries.Call("sesn_1", "model-a", 10, 100));
        await AssertEqualsLedgerAsync();

        await _cluster.DeactivateAsync(Grain);
        _ledger.Append(Entries.Call("sesn_2", "model-b", 10, 7));

        await AssertEqualsLedgerAsync();
    }

    [Fact]
    public async Task Get_during_a_read_that_missed_an_entry_reads_again()
    {
        var answer = new TaskCompletionSource();
        var asked = new TaskCompletionSource();
        _ledger.BeforeAnswer = () =>
        {
            asked.TrySetResult();
            return answer.Task;
        };

        var early = Grain.GetAsync();
        await asked.Task;
        _ledger.Append(Entries.Call("sesn_1", "model-a", 10, 100));
        var late = Grain.GetAsync();
        answer.SetResult();

        await early;
        Assert.Equal(100, (await late).Totals.ModelNanoUsd);
    }

    [Fact]
    public async Task Get_of_many_callers_shares_reads()
    {
        var answer = new TaskCompletionSource();
        var asked = new TaskCompletionSource();
        _ledger.BeforeAnswer = () =>
        {
            asked.TrySetResult();
            return answer.Task;
        };
        var first = Grain.GetAsync();
        await asked.Task;

        var others = Enumerable.Range(0, ManyCallers).Select(_ => Grain.GetAsync()).ToList();
        await _manyArrived.Task;
        answer.SetResult();
        await Task.WhenAll([first, .. others]);

        Assert.Equal(2, _ledger.Reads);
    }

    [Fact]
    public async Task Get_fails_with_the_ledger_and_recovers_with_it()
    {
        _ledger.Append(Entries.Call("sesn_1", "model-a", 10, 100));
        await Grain.GetAsync();
        _ledger.Append(Entries.Call("sesn_1", "model-a", 10, 100));
        _ledger.Failure = new IOException("The disk is gone.");
        await Assert.ThrowsAsync<IOException>(Grain.GetAsync);

        _ledger.Failure = null;

        await AssertEqualsLedgerAsync();
    }

    [Fact]
    public async Task Get_equals_the_ledger_after_any_appends_hints_and_reads()
    {
        var steps = Gen.Select(
            Gen.Frequency((6, Step.Append), (2, Step.Hint), (2, Step.Read), (2, Step.Compare), (1, Step.Deactivate)),
            Entries.Any);

        // One cluster and one ledger for all samples: each goes on where the one before ended.
        await steps.List[1, 30].SampleAsync(
            async list =>
            {
                var reads = new List<Task>();
                foreach (var (step, entry) in list)
                {
                    await TakeAsync(step, entry, reads);
                }

                await Task.WhenAll(reads);
                await AssertEqualsLedgerAsync();
            },
            iter: 30,
            threads: 1);
    }

    private Task CountArrival(IIncomingGrainCallContext call)
    {
        if (call.Grain is ICostAggregatorGrain && Interlocked.Increment(ref _arrivals) == ManyCallers + 1)
        {
            _manyArrived.SetResult();
        }

        return call.Invoke();
    }

    private enum Step
    {
        Append,
        Hint,
        Read,
        Compare,
        Deactivate,
    }

    private async Task TakeAsync(Step step, LedgerEntry entry, List<Task> reads)
    {
        switch (step)
        {
            case Step.Append:
                _ledger.Append(entry);
                break;
            case Step.Hint:
                await Grain.NotifyAsync();
                break;
            case Step.Read:
                reads.Add(Grain.GetAsync());
                break;
            case Step.Compare:
                await AssertEqualsLedgerAsync();
                break;
            case Step.Deactivate:
                await _cluster.DeactivateAsync(Grain);
                break;
        }
    }

    private async Task AssertEqualsLedgerAsync() => CostAssert.Same(_ledger.Oracle(Entries.Today), await Grain.GetAsync());
}
