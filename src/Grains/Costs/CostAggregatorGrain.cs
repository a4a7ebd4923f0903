using Colloquy.Costs;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;

namespace Colloquy.Grains.Costs;

/// <summary>
/// A cache over the ledger: the sums up to a cursor. Whatever happens to it, reading on from the cursor, or again from
/// the beginning, gives what the ledger says.
/// </summary>
/// <remarks>Reentrant so that callers can share a read of the ledger; only <see cref="CatchUpAsync"/> changes state.</remarks>
[Reentrant]
internal sealed partial class CostAggregatorGrain(ICostLedger ledger, ILogger<CostAggregatorGrain> logger)
    : Grain, ICostAggregatorGrain
{
    private CostKey _key;
    private CostTally _tally = CostTally.Empty;
    private string? _cursor;
    private Task _reading = Task.CompletedTask;
    private Task? _nextReading;

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _key = CostKey.Parse(this.GetPrimaryKeyString());
        return Task.CompletedTask;
    }

    public async Task<CostDay> GetAsync()
    {
        await ReadAsync();
        return _tally.ToDay(_key.Day);
    }

    public async Task NotifyAsync()
    {
        try
        {
            await ReadAsync();
        }
#pragma warning disable CA1031 // nobody waits for a hint: the next GetAsync reads again and reports what is wrong
        catch (Exception error)
#pragma warning restore CA1031
        {
            LogHintFailed(error, _key.GrainKey);
        }
    }

    /// <summary>
    /// Completes with a read that began after this call: a read in flight may have missed what the caller has just
    /// seen stored. However many callers wait, at most one read is in flight and one is next.
    /// </summary>
    private Task ReadAsync() => _nextReading ??= ReadAfterAsync(_reading);

    private async Task ReadAfterAsync(Task previous)
    {
        await previous.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext |
            ConfigureAwaitOptions.ForceYielding);
        _reading = _nextReading!;
        _nextReading = null;
        await CatchUpAsync();
    }

    private async Task CatchUpAsync()
    {
        var slice = await ledger.ReadAsync(_key, _cursor, CancellationToken.None);
        _tally = _tally.Add(slice.Groups);
        _cursor = slice.Cursor ?? _cursor;
    }
}
