using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;

namespace Colloquy.Grains.Costs;

/// <summary>Reads and checks the JSON of a <see cref="PriceBook"/>; docs/costs.md describes it.</summary>
internal static class PriceBookReader
{
    private const int Format = 1;
    private const int MaxNameLength = 200;
    private const decimal HighestUsdPerMillionTokens = 1_000_000m;
    private const decimal HighestUsdPerSecond = 1m;
    private const decimal HighestUsdPerRequest = 1_000m;
    private const decimal HighestFactor = 100m;

    public static PriceBook Read(string json)
    {
        using var document = ParseJson(json);
        var book = new PriceBookNode("$", document.RootElement);
        // The format first: the rest of a later format would only give misleading errors.
        var format = book.Required("format");
        if (format.WholeNumber() != Format)
        {
            throw format.Wrong($"this version reads format {Format}.");
        }

        book.AllowOnly("format", "version", "models", "sandboxes", "terms");
        return new PriceBook(
            book.Required("version").Text(), ReadModels(book.Required("models")), ReadSandboxes(book.Required("sandboxes")),
            book.Optional("terms") is { } terms ? ReadTerms(terms) : CallTerms.None);
    }

    private static JsonDocument ParseJson(string json)
    {
        try
        {
            return JsonDocument.Parse(
                json, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        }
        catch (JsonException error)
        {
            throw new PriceBookException("$", $"this is not JSON: {error.Message}", error);
        }
    }

    private static Dictionary<string, ModelPrices> ReadModels(PriceBookNode models)
    {
        var read = new Dictionary<string, ModelPrices>(StringComparer.Ordinal);
        var names = new List<(PriceBookNode At, string Name, ModelPrices Prices)>();
        foreach (var (id, node) in models.Members())
        {
            var prices = ReadModel(node);
            names.Add((node, id, prices));
            names.AddRange(node.Optional("aliases")?.Items().Select(alias => (alias, alias.Text(), prices)) ?? []);
        }

        foreach (var (at, name, prices) in names)
        {
            if (name.Length is 0 or > MaxNameLength)
            {
                throw at.Wrong($"a model's name has 1 to {MaxNameLength} characters.");
            }

            if (!read.TryAdd(name, prices))
            {
                throw at.Wrong($"the model '{name}' is there twice. Keep one of them.");
            }
        }

        return read;
    }

    private static ModelPrices ReadModel(PriceBookNode model)
    {
        model.AllowOnly(
            "aliases", "demo", "input", "output", "cache_write_5m", "cache_write_1h", "cache_read", "long_prompt", "fast",
            "source", "date");
        CheckOrigin(model);
        return new ModelPrices(
            ReadTokenPrices(model), ReadLongPrompt(model), ReadFast(model), model.Optional("demo")?.Flag() ?? false);
    }

    private static LongPromptPrices? ReadLongPrompt(PriceBookNode model)
    {
        if (model.Optional("long_prompt") is not { } node)
        {
            return null;
        }

        node.AllowOnly(
            "above_prompt_tokens", "input", "output", "cache_write_5m", "cache_write_1h", "cache_read");
        var limit = node.Required("above_prompt_tokens");
        return limit.WholeNumber() is >= 1 and var tokens
            ? new LongPromptPrices(tokens, ReadTokenPrices(node))
            : throw limit.Wrong("a number of tokens, 1 or more.");
    }

    private static TokenPrices? ReadFast(PriceBookNode model)
    {
        if (model.Optional("fast") is not { } node)
        {
            return null;
        }

        node.AllowOnly("input", "output", "cache_write_5m", "cache_write_1h", "cache_read");
        return ReadTokenPrices(node);
    }

    private static TokenPrices ReadTokenPrices(PriceBookNode node) => new(
        node.Required("input").Price(HighestUsdPerMillionTokens),
        node.Required("output").Price(HighestUsdPerMillionTokens),
        node.Required("cache_write_5m").PriceOrNull(HighestUsdPerMillionTokens),
        node.Required("cache_write_1h").PriceOrNull(HighestUsdPerMillionTokens),
        node.Required("cache_read").PriceOrNull(HighestUsdPerMillionTokens));

    private static CallTerms ReadTerms(PriceBookNode terms)
    {
        terms.AllowOnly("service_tier", "inference_geo", "web_search", "source", "date");
        CheckOrigin(terms);
        return new CallTerms(
            ReadFactors(terms.Optional("service_tier")), ReadFactors(terms.Optional("inference_geo")),
            terms.Optional("web_search")?.PriceOrNull(HighestUsdPerRequest));
    }

    private static FrozenDictionary<string, decimal> ReadFactors(PriceBookNode? node) =>
        (node?.Members() ?? []).ToFrozenDictionary(
            member => member.Name, member => member.Node.Factor(HighestFactor), StringComparer.Ordinal);

    private static Dictionary<string, SandboxPrices> ReadSandboxes(PriceBookNode sandboxes)
    {
        var read = new Dictionary<string, SandboxPrices>(StringComparer.Ordinal);
        foreach (var (kind, node) in sandboxes.Members())
        {
            node.AllowOnly("demo", "vcpu_second", "gib_second", "source", "date");
            CheckOrigin(node);
            read.Add(kind, new SandboxPrices(
                node.Required("vcpu_second").Price(HighestUsdPerSecond),
                node.Required("gib_second").Price(HighestUsdPerSecond),
                node.Optional("demo")?.Flag() ?? false));
        }

        return read;
    }

    // A price that nobody can trace back is worth little, so its origin is not optional.
    private static void CheckOrigin(PriceBookNode node)
    {
        node.Required("source").Text();
        var date = node.Required("date");
        if (!DateOnly.TryParseExact(date.Text(), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _))
        {
            throw date.Wrong("a date of the form 2026-11-22.");
        }
    }
}
