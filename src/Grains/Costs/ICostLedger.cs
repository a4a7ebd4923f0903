using Colloquy.Costs;
using Colloquy.Sessions;

namespace Colloquy.Grains.Costs;

/// <summary>Reads the cost ledger. Entries are written by <see cref="Sessions.ISessionStore"/> with their events.</summary>
public interface ICostLedger
{
    /// <summary>
    /// What the ledger holds for a tenant's day beyond <paramref name="cursor"/>, summed by session and model.
    /// Reading from null and reading on from any cursor add up to the same totals.
    /// </summary>
    /// <param name="cursor">From an earlier slice; null for the beginning of the day.</param>
    Task<LedgerSlice> ReadAsync(CostKey key, string? cursor, CancellationToken cancellationToken);
}

/// <summary>One priced event. Its key is (session, sequence), so an event is booked once however often it is written.</summary>
/// <param name="At">When the cost arose; its UTC day is the day it is booked on.</param>
/// <param name="Model">The model that answered; null for sandbox time.</param>
/// <param name="NanoUsd">Rounded half-even once; null if the price book had no price (counted as unpriced, not as free).</param>
/// <param name="PriceVersion">The version of the price book that was applied.</param>
public sealed record LedgerEntry(
    SessionId Session,
    long Sequence,
    string Tenant,
    DateTimeOffset At,
    TurnId? Turn,
    string? Model,
    TokenUsage Tokens,
    double SandboxSeconds,
    int VCpus,
    int MemoryMiB,
    long? NanoUsd,
    string PriceVersion)
{
    /// <summary>True for sandbox time, false for a model call.</summary>
    public bool IsSandbox => Model is null;

    /// <summary>The entry as sums of one.</summary>
    public CostTotals ToTotals() => IsSandbox
        ? CostTotals.OfSandbox(SandboxSeconds, VCpus, MemoryMiB, NanoUsd)
        : CostTotals.OfCall(Tokens, NanoUsd);
}

public sealed record LedgerSlice(IReadOnlyList<LedgerGroup> Groups, string? Cursor);

/// <param name="Model">Null for sandbox time.</param>
public sealed record LedgerGroup(SessionId Session, string? Model, CostTotals Totals);
