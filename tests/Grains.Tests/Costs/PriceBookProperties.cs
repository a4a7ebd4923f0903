using Colloquy.Costs;
using Colloquy.Grains.Costs;
using Colloquy.Models;
using CsCheck;
using Xunit;

namespace Colloquy.Grains.Tests.Costs;

public sealed class PriceBookProperties
{
    private static readonly PriceBook Book = PriceBook.BuiltIn;

    // One model with round prices, one whose entries need rounding, one with a tier.
    private static readonly Gen<string> Models = Gen.OneOf("claude-opus-5", "claude-3-haiku", "claude-haiku-5-5", "offline-1");

    private static readonly Gen<TokenUsage> Usages =
        from input in Gen.Long[0, 200_000]
        from output in Gen.Long[0, 200_000]
        from shortWrite in Gen.Long[0, 200_000]
        from longWrite in Gen.Long[0, 200_000]
        from read in Gen.Long[0, 200_000]
        select new TokenUsage(input, output, shortWrite, longWrite, read);

    private static readonly Gen<(double Seconds, int VCpus, int Memory)> Slices =
        Gen.Select(Gen.Double[0, 100_000], Gen.Int[0, 64], Gen.Int[0, 65_536]);

    [Fact]
    public void Price_is_never_negative() =>
        Gen.Select(Models, Usages).Sample((model, usage) => Book.Price(model, usage).NanoUsd >= 0);

    [Fact]
    public void Price_of_any_numbers_never_throws_and_is_never_negative()
    {
        var any = Gen.Select(Gen.Long, Gen.Long, Gen.Long, Gen.Long, Gen.Long, (a, b, c, d, e) => new TokenUsage(a, b, c, d, e));
        Gen.Select(Models, any).Sample((model, usage) => Book.Price(model, usage) is { Unpriced: true } or { NanoUsd: >= 0 });
    }

    [Fact]
    public void Price_grows_with_every_counter() =>
        Gen.Select(Models, Usages, Usages).Sample((model, usage, more) =>
            Book.Price(model, usage + more).NanoUsd >= Book.Price(model, usage).NanoUsd);

    [Fact]
    public void Price_of_a_sum_is_the_sum_of_prices_within_rounding() =>
        Gen.Select(Gen.OneOf("claude-opus-5", "claude-3-haiku", "offline-1"), Usages, Usages).Sample((model, one, other) =>
            Math.Abs((Book.Price(model, one).NanoUsd + Book.Price(model, other).NanoUsd - Book.Price(model, one + other).NanoUsd)!.Value) <= 1);

    [Fact]
    public void Price_on_terms_is_the_price_times_their_factors_and_the_searches() =>
        Gen.Select(Models, Usages, Gen.OneOf<string?>(null, "standard", "batch"), Gen.OneOf<string?>(null, "global", "us"), Gen.Long[0, 50])
            .Sample((model, usage, tier, geo, searches) =>
            {
                var exact = Book.Price(model, usage).NanoUsd!.Value * (tier == "batch" ? 0.5m : 1) * (geo == "us" ? 1.1m : 1);
                var price = Book.Price(model, usage, new ModelCallTerms(tier, null, geo), searches).NanoUsd!.Value;
                // Rounded once, not twice.
                return Math.Abs(price - exact - (searches * 10_000_000)) <= 1.1m;
            });

    [Fact]
    public void Price_of_any_call_never_throws_and_is_never_negative()
    {
        var any = Gen.Select(Gen.Long, Gen.Long, Gen.Long, Gen.Long, Gen.Long, (a, b, c, d, e) => new TokenUsage(a, b, c, d, e));
        var words = Gen.OneOf<string?>(null, "fast", "batch", "us", "else");
        Gen.Select(any, words, words, words, Gen.Long).Sample((usage, tier, speed, geo, searches) =>
            Book.Price("claude-opus-5-5", usage, new ModelCallTerms(tier, speed, geo), searches) is { Unpriced: true } or { NanoUsd: >= 0 });
    }

    [Fact]
    public void PriceSandbox_is_never_negative_and_grows_with_time() =>
        Gen.Select(Slices, Gen.Double[0, 100_000]).Sample((slice, longer) =>
            Book.PriceSandbox("e2b", slice.Seconds, slice.VCpus, slice.Memory) is >= 0 and var price &&
            Book.PriceSandbox("e2b", slice.Seconds + longer, slice.VCpus, slice.Memory) >= price);

    [Fact]
    public void PriceSandbox_of_a_divided_slice_adds_up_within_rounding() =>
        Gen.Select(Gen.Int[0, 1_000_000], Gen.Int[0, 1_000_000], Slices).Sample((first, second, slice) =>
        {
            // Whole milliseconds, so that the lengths themselves add up exactly.
            long Price(int milliseconds) => Book.PriceSandbox("e2b", milliseconds / 1000.0, slice.VCpus, slice.Memory)!.Value;
            return Math.Abs(Price(first) + Price(second) - Price(first + second)) <= 1;
        });

    [Fact]
    public void PriceSandbox_of_any_numbers_never_throws() =>
        Gen.Select(Gen.Double, Gen.Int, Gen.Int).Sample((seconds, vcpus, memory) =>
            Book.PriceSandbox("e2b", seconds, vcpus, memory) is null or >= 0);
}
