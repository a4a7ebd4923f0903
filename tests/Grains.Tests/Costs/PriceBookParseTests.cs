using Colloquy.Grains.Costs;
using Xunit;

namespace Colloquy.Grains.Tests.Costs;

public sealed class PriceBookParseTests
{
    [Fact]
    public void Parse_of_a_valid_book_gives_its_version() => Assert.Equal("v1", PriceBook.Parse(BookJson.With()).Version);

    [Theory]
    [InlineData("\"input\": 1", "\"input\": -1", "models.some-model.input")]
    [InlineData("\"input\": 1", "\"input\": \"1\"", "models.some-model.input")]
    [InlineData("\"input\": 1", "\"input\": 1e300", "models.some-model.input")]
    [InlineData("\"input\": 1", "\"input\": 1000001", "models.some-model.input")]
    [InlineData("\"input\": 1", "\"input\": null", "models.some-model.input")]
    [InlineData("\"input\": 1,", "", "models.some-model.input")]
    [InlineData("\"cache_read\": 0.1", "\"cache_reads\": 0.1", "models.some-model.cache_reads")]
    [InlineData("\"cache_read\": 0.1", "\"input\": 0.1", "models.some-model.input")]
    [InlineData("\"source\": \"somewhere\"", "\"source\": \" \"", "models.some-model.source")]
    [InlineData("2026-11-22", "22.11.2026", "models.some-model.date")]
    [InlineData("\"input\": 1", "\"demo\": \"yes\", \"input\": 1", "models.some-model.demo")]
    [InlineData("\"input\": 1", "\"aliases\": [\"a\", \"a\"], \"input\": 1", "models.some-model.aliases[1]")]
    [InlineData("\"input\": 1", "\"aliases\": [\"some-model\"], \"input\": 1", "models.some-model.aliases[0]")]
    [InlineData("\"input\": 1", "\"aliases\": \"a\", \"input\": 1", "models.some-model.aliases")]
    [InlineData("\"input\": 1", "\"long_prompt\": { }, \"input\": 1", "models.some-model.long_prompt.above_prompt_tokens")]
    [InlineData("\"input\": 1", "\"long_prompt\": { \"above_prompt_tokens\": 0 }, \"input\": 1", "models.some-model.long_prompt.above_prompt_tokens")]
    [InlineData("\"input\": 1", "\"long_prompt\": { \"above_prompt_tokens\": 5 }, \"input\": 1", "models.some-model.long_prompt.input")]
    public void Parse_of_a_broken_model_names_the_field(string valid, string broken, string path) =>
        AssertRefused(BookJson.With(model: BookJson.Model.Replace(valid, broken, StringComparison.Ordinal)), path);

    [Theory]
    [InlineData("\"vcpu_second\": 0.1", "\"vcpu_second\": -0.1", "sandboxes.box.vcpu_second")]
    [InlineData("\"vcpu_second\": 0.1", "\"vcpu_second\": 2", "sandboxes.box.vcpu_second")]
    [InlineData("\"gib_second\": 0.2,", "", "sandboxes.box.gib_second")]
    [InlineData("\"gib_second\"", "\"gb_second\"", "sandboxes.box.gb_second")]
    public void Parse_of_a_broken_sandbox_names_the_field(string valid, string broken, string path) =>
        AssertRefused(BookJson.With(sandbox: BookJson.Sandbox.Replace(valid, broken, StringComparison.Ordinal)), path);

    [Theory]
    [InlineData("2")]
    [InlineData("\"1\"")]
    [InlineData("null")]
    public void Parse_of_another_format_says_so(string format) => AssertRefused(BookJson.With(format: format), "format");

    [Theory]
    [InlineData("1")]
    [InlineData("\"\"")]
    public void Parse_of_a_wrong_version_says_so(string version) => AssertRefused(BookJson.With(version: version), "version");

    [Fact]
    public void Parse_of_a_doubled_model_says_so() =>
        AssertRefused(BookJson.With(model: $"{BookJson.Model}, {BookJson.Model}"), "models.some-model");

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("3")]
    public void Parse_of_something_else_says_so(string json) => AssertRefused(json, "$");

    [Theory]
    [InlineData("""{ "web_search": 0.01 }""", "terms.source")]
    [InlineData("""{ "web_search": -1, "source": "s", "date": "2026-11-22" }""", "terms.web_search")]
    [InlineData("""{ "service_tier": { "batch": "half" }, "source": "s", "date": "2026-11-22" }""", "terms.service_tier.batch")]
    [InlineData("""{ "inference_geo": { "us": 1000 }, "source": "s", "date": "2026-11-22" }""", "terms.inference_geo.us")]
    [InlineData("""{ "speed": {}, "source": "s", "date": "2026-11-22" }""", "terms.speed")]
    public void Parse_of_broken_terms_names_the_field(string terms, string path) =>
        AssertRefused(BookJson.With(terms: terms), path);

    [Fact]
    public void Parse_of_broken_fast_prices_names_the_field() => AssertRefused(
        BookJson.With(model: BookJson.Model.Replace("\"source\"", "\"fast\": { \"input\": 1 }, \"source\"", StringComparison.Ordinal)),
        "models.some-model.fast.output");

    [Fact]
    public void Parse_of_half_a_book_names_what_is_missing() =>
        AssertRefused("""{ "format": 1, "version": "v1", "models": {} }""", "sandboxes");

    private static void AssertRefused(string json, string path)
    {
        var error = Assert.Throws<PriceBookException>(() => PriceBook.Parse(json));

        Assert.Equal(path, error.Path);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }
}
