using Colloquy.Costs;
using Colloquy.Grains.Costs;
using Colloquy.Models;
using Xunit;

namespace Colloquy.Grains.Tests.Costs;

public sealed class PriceBookTests
{
    private static readonly PriceBook Book = PriceBook.BuiltIn;

    [Fact]
    public void Price_of_each_counter_is_its_own()
    {
        // Opus 5.5 per million: 4 in, 20 out, 5 and 8 for writes, 0.20 for reads.
        Assert.Equal(4_000, Book.Price("claude-opus-5-5", new TokenUsage(1, 0, 0, 0, 0)).NanoUsd);
        Assert.Equal(20_000, Book.Price("claude-opus-5-5", new TokenUsage(0, 1, 0, 0, 0)).NanoUsd);
        Assert.Equal(5_000, Book.Price("claude-opus-5-5", new TokenUsage(0, 0, 1, 0, 0)).NanoUsd);
        Assert.Equal(8_000, Book.Price("claude-opus-5-5", new TokenUsage(0, 0, 0, 1, 0)).NanoUsd);
        Assert.Equal(200, Book.Price("claude-opus-5-5", new TokenUsage(0, 0, 0, 0, 1)).NanoUsd);
    }

    [Fact]
    public void Price_of_a_mixed_call_is_the_sum()
    {
        // 1000 * 2 + 500 * 10 + 200 * 2.50 + 100 * 4 + 3000 * 0.10 = 8200 USD per million = 0.0082 USD.
        var call = Book.Price("claude-sonnet-5-5", new TokenUsage(1000, 500, 200, 100, 3000));

        Assert.Equal(8_200_000, call.NanoUsd);
        Assert.Equal(0.0082m, call.Usd);
        Assert.False(call.Unpriced);
    }

    [Theory]
    [InlineData(100_000, 0, 0, 10_000_000)]
    [InlineData(100_001, 0, 0, 50_000_500)]
    [InlineData(1, 100_000, 0, 500 + 5_000_000)]
    [InlineData(1, 0, 100_000, 500 + 62_500_000)]
    [InlineData(0, 99_999, 1, 999_990 + 125)]
    public void Price_of_a_long_prompt_is_higher_for_the_whole_call(long input, long cacheRead, long cacheWrite, long expected) =>
        Assert.Equal(expected, Book.Price("claude-haiku-5-5", new TokenUsage(input, 0, cacheWrite, 0, cacheRead)).NanoUsd);

    [Theory]
    [InlineData("claude-opus-5[1m]")]
    [InlineData("claude-opus-5")]
    [InlineData("claude-opus-4-5")]
    [InlineData("claude-opus-4-5-20251101")]
    public void Price_knows_ids_aliases_and_the_long_context_suffix(string model) =>
        Assert.Equal(5_000, Book.Price(model, new TokenUsage(1, 0, 0, 0, 0)).NanoUsd);

    [Theory]
    [InlineData("claude-opus-5-6")]
    [InlineData("Claude-Opus-5")]
    [InlineData("claude-opus-5[2m]")]
    [InlineData("claude-opus-5-20261001")]
    [InlineData("[1m]")]
    [InlineData("")]
    public void Price_of_an_unknown_model_is_unknown(string model)
    {
        var call = Book.Price(model, new TokenUsage(1, 0, 0, 0, 0));

        Assert.True(call.Unpriced);
        Assert.Null(call.NanoUsd);
        Assert.Null(call.Usd);
    }

    [Fact]
    public void Price_is_unknown_where_a_used_counter_has_none()
    {
        Assert.Equal(3_000, Book.Price("claude-3-sonnet", new TokenUsage(1, 0, 0, 0, 0)).NanoUsd);
        Assert.True(Book.Price("claude-3-sonnet", new TokenUsage(1, 0, 0, 0, 1)).Unpriced);
    }

    [Fact]
    public void Price_of_nonsense_is_unknown()
    {
        Assert.True(Book.Price("claude-opus-5", new TokenUsage(-1, 5, 0, 0, 0)).Unpriced);
        Assert.True(Book.Price("claude-opus-5", new TokenUsage(long.MaxValue, long.MaxValue, long.MaxValue, 0, 0)).Unpriced);
        Assert.True(Book.Price("claude-haiku-5-5", new TokenUsage(long.MaxValue, 0, 0, 0, long.MaxValue)).Unpriced);
    }

    [Theory]
    [InlineData(null, null, null, 0, 24_000_000)]
    [InlineData("standard", "standard", "global", 0, 24_000_000)]
    [InlineData("priority", "", "not_available", 0, 24_000_000)]
    [InlineData("batch", null, null, 0, 12_000_000)]
    [InlineData(null, null, "us", 0, 26_400_000)]
    [InlineData("batch", null, "us", 0, 13_200_000)]
    [InlineData(null, "fast", null, 0, 48_000_000)]
    [InlineData(null, "fast", "us", 0, 52_800_000)]
    [InlineData(null, null, null, 3, 54_000_000)]
    [InlineData("batch", null, "us", 1, 23_200_000)]
    public void Price_depends_on_the_terms_of_the_call(string? tier, string? speed, string? geo, long searches, long expected) =>
        // Opus 5.5: 1000 in at 4 and 1000 out at 20 USD per million; twice that if fast; a search is a cent, whatever the terms.
        Assert.Equal(expected, Book.Price(
            "claude-opus-5-5", new TokenUsage(1000, 1000, 0, 0, 0), new ModelCallTerms(tier, speed, geo), searches).NanoUsd);

    [Theory]
    [InlineData("claude-opus-5-5", 8_000, 40_000, 10_000, 16_000, 400)]
    [InlineData("claude-fable-5-2", 16_000, 80_000, 20_000, 32_000, 400)]
    public void Price_of_fast_mode_has_its_own_price_for_each_counter(
        string model, long input, long output, long shortWrite, long longWrite, long read)
    {
        var fast = new ModelCallTerms(null, "fast", null);
        Assert.Equal(input, Book.Price(model, new TokenUsage(1, 0, 0, 0, 0), fast, 0).NanoUsd);
        Assert.Equal(output, Book.Price(model, new TokenUsage(0, 1, 0, 0, 0), fast, 0).NanoUsd);
        Assert.Equal(shortWrite, Book.Price(model, new TokenUsage(0, 0, 1, 0, 0), fast, 0).NanoUsd);
        Assert.Equal(longWrite, Book.Price(model, new TokenUsage(0, 0, 0, 1, 0), fast, 0).NanoUsd);
        Assert.Equal(read, Book.Price(model, new TokenUsage(0, 0, 0, 0, 1), fast, 0).NanoUsd);
    }

    [Theory]
    [InlineData("claude-opus-5", null, "fast", null, 0)]
    [InlineData("claude-opus-5-5", null, "ludicrous", null, 0)]
    [InlineData("claude-opus-5-5", "flex", null, null, 0)]
    [InlineData("claude-opus-5-5", null, null, "mars", 0)]
    [InlineData("claude-opus-5-5", null, null, null, -1)]
    [InlineData("claude-opus-5-5", null, null, null, long.MaxValue)]
    public void Price_on_terms_that_are_not_in_the_book_is_unknown(
        string model, string? tier, string? speed, string? geo, long searches) =>
        Assert.True(Book.Price(model, new TokenUsage(1, 0, 0, 0, 0), new ModelCallTerms(tier, speed, geo), searches).Unpriced);

    [Fact]
    public void Price_by_a_book_without_terms_knows_the_usual_ones_only()
    {
        var book = PriceBook.Parse(BookJson.With());

        Assert.Equal(1000, book.Price("some-model", new(1, 0, 0, 0, 0), new("standard", "standard", "global"), 0).NanoUsd);
        Assert.True(book.Price("some-model", new(1, 0, 0, 0, 0), new("batch", null, null), 0).Unpriced);
        Assert.True(book.Price("some-model", new(1, 0, 0, 0, 0), ModelCallTerms.Standard, 1).Unpriced);
    }

    [Fact]
    public void PriceSandbox_multiplies_allocated_resources_with_time()
    {
        // 2 vCPU and 512 MiB are 0.00003025 USD per second; 8 vCPU and 4 GiB are 0.468 USD per hour.
        Assert.Equal(30_250, Book.PriceSandbox("e2b", 1, 2, 512));
        Assert.Equal(468_000_000, Book.PriceSandbox("e2b", 3600, 8, 4096));
        Assert.Equal(0, Book.PriceSandbox("e2b", 0, 8, 4096));
    }

    [Theory]
    [InlineData("unknown", 1)]
    [InlineData("e2b", -1)]
    [InlineData("e2b", double.NaN)]
    [InlineData("e2b", double.PositiveInfinity)]
    [InlineData("e2b", double.MaxValue)]
    public void PriceSandbox_of_an_unknown_kind_or_an_impossible_slice_is_unknown(string kind, double seconds) =>
        Assert.Null(Book.PriceSandbox(kind, seconds, 2, 512));

    [Fact]
    public void PriceSandbox_takes_the_largest_slice() =>
        Assert.Null(Book.PriceSandbox("e2b", 3.2e9, int.MaxValue, int.MaxValue));

    [Fact]
    public void Amounts_are_rounded_half_to_even()
    {
        // A nano-USD is 1e-9 USD: at 0.0005 USD per million, a token costs half of one.
        var book = PriceBook.Parse(BookJson.With(model: BookJson.Model.Replace("\"input\": 1", "\"input\": 0.0005")));

        var amounts = Enumerable.Range(0, 8).Select(tokens => book.Price("some-model", new TokenUsage(tokens, 0, 0, 0, 0)).NanoUsd);
        Assert.Equal([0, 0, 1, 2, 2, 2, 3, 4], amounts);
    }

    [Fact]
    public void Demo_prices_are_labelled()
    {
        Assert.True(Book.IsDemo("offline-1"));
        Assert.False(Book.IsDemo("claude-opus-5"));
        Assert.False(Book.IsDemo("unknown"));
        Assert.True(Book.IsDemoSandbox("local"));
        Assert.False(Book.IsDemoSandbox("e2b"));
    }

    [Fact]
    public void Load_of_a_missing_file_names_it()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

        var error = Assert.Throws<PriceBookException>(() => PriceBook.Load(path));

        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_reads_a_file_and_names_it_in_errors()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            await File.WriteAllTextAsync(path, BookJson.With(), TestContext.Current.CancellationToken);
            Assert.Equal("v1", PriceBook.Load(path).Version);

            await File.WriteAllTextAsync(path, "{}", TestContext.Current.CancellationToken);
            var error = Assert.Throws<PriceBookException>(() => PriceBook.Load(path));
            Assert.Contains(path, error.Message, StringComparison.Ordinal);
            Assert.Contains("format", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
