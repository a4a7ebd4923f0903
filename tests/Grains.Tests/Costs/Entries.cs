using Colloquy.Costs;
using Colloquy.Grains.Costs;
using Colloquy.Sessions;
using CsCheck;

namespace Colloquy.Grains.Tests.Costs;

internal static class Entries
{
    public static readonly CostKey Today = new(CostKey.DefaultTenant, new DateOnly(2026, 11, 22));
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Few sessions and models, so that groups meet; now and then another day and no price.</summary>
    public static readonly Gen<LedgerEntry> Any =
        from session in Gen.Int[1, 3]
        from model in Gen.OneOf<string?>("model-a", "model-b", null)
        from day in Gen.Frequency((4, Gen.Const(0)), (1, Gen.Const(1)))
        from tokens in Gen.Long[0, 1000]
        from quarters in Gen.Int[0, 1000]
        from price in Gen.Frequency((4, Gen.Long[0, 1_000_000].Select(nano => (long?)nano)), (1, Gen.Const((long?)null)))
        select model is null
            ? Sandbox($"sesn_{session}", quarters / 4.0, price, day)
            : Call($"sesn_{session}", model, tokens, price, day);

    public static LedgerEntry Call(string session, string model, long tokens, long? nanoUsd, int day = 0) => new(
        new SessionId(session), 1, CostKey.DefaultTenant, Noon.AddDays(day), null, model,
        new TokenUsage(tokens, 1, 2, 3, 4), 0, 0, 0, nanoUsd, "v1");

    /// <summary>Seconds in quarters, so that sums of doubles are exact in any order.</summary>
    public static LedgerEntry Sandbox(string session, double seconds, long? nanoUsd, int day = 0) => new(
        new SessionId(session), 2, CostKey.DefaultTenant, Noon.AddDays(day), null, null,
        TokenUsage.None, seconds, 2, 512, nanoUsd, "v1");

    public static CostTotals Totals(LedgerEntry entry) => entry.IsSandbox
        ? CostTotals.Zero with
        {
            SandboxSeconds = entry.SandboxSeconds,
            VCpuSeconds = entry.SandboxSeconds * entry.VCpus,
            GibSeconds = entry.SandboxSeconds * entry.MemoryMiB / 1024,
            SandboxNanoUsd = entry.NanoUsd ?? 0,
            UnpricedSandboxSlices = entry.NanoUsd is null ? 1 : 0,
        }
        : CostTotals.Zero with
        {
            Tokens = entry.Tokens,
            ModelCalls = 1,
            UnpricedCalls = entry.NanoUsd is null ? 1 : 0,
            ModelNanoUsd = entry.NanoUsd ?? 0,
        };
}
