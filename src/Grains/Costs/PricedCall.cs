namespace Colloquy.Grains.Costs;

/// <param name="NanoUsd">What the call cost; null if that is unknown, which is not the same as free.</param>
public readonly record struct PricedCall(long? NanoUsd)
{
    public static readonly PricedCall WithoutPrice;

    public bool Unpriced => NanoUsd is null;

    public decimal? Usd => NanoUsd / 1_000_000_000m;
}
