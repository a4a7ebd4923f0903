using System.Collections.Frozen;
using Colloquy.Costs;
using Colloquy.Models;

namespace Colloquy.Grains.Costs;

/// <summary>
/// What models and sandboxes cost. Amounts are nano-USD (1e-9 USD), rounded half-even once. A price that is not in
/// the book makes a cost unknown, never zero.
/// </summary>
public sealed class PriceBook
{
    /// <summary>The CLI appends this to a model's id when its 1M-token context is on; the price is the model's.</summary>
    private const string LongContextSuffix = "[1m]";
    private const decimal NanoPerUsd = 1_000_000_000m;
    private const decimal MiBPerGiB = 1024m;
    private const long MostSearches = 1_000_000;

    private readonly FrozenDictionary<string, ModelPrices> _models;
    private readonly FrozenDictionary<string, SandboxPrices> _sandboxes;
    private readonly CallTerms _terms;

    internal PriceBook(
        string version, IReadOnlyDictionary<string, ModelPrices> models,
        IReadOnlyDictionary<string, SandboxPrices> sandboxes, CallTerms terms)
    {
        Version = version;
        _terms = terms;
        _models = models.ToFrozenDictionary(StringComparer.Ordinal);
        _sandboxes = sandboxes.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>The book that comes with this version of Colloquy.</summary>
    public static PriceBook BuiltIn { get; } = ReadBuiltIn();

    /// <summary>Stored with every priced ledger entry.</summary>
    public string Version { get; }

    /// <exception cref="PriceBookException">The text is not a price book; the message names what is wrong, and where.</exception>
    public static PriceBook Parse(string json) => PriceBookReader.Read(json);

    /// <exception cref="PriceBookException">The file cannot be read or is not a price book.</exception>
    public static PriceBook Load(string path)
    {
        try
        {
            return Parse(File.ReadAllText(path));
        }
        catch (PriceBookException error)
        {
            throw new PriceBookException($"{path}: {error.Path}", error.Problem, error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new PriceBookException(path, $"the file cannot be read: {error.Message}", error);
        }
    }

    /// <param name="model">An id or alias in the book, with or without the suffix <c>[1m]</c>. Nothing is guessed.</param>
    /// <returns>
    /// Unpriced if the model is unknown, a counter that was used has no price, a counter is negative, or the amount
    /// is too large to be one: usage comes from outside, and a nonsensical report must not fail a turn.
    /// </returns>
    public PricedCall Price(string model, TokenUsage tokens) => Price(model, tokens, ModelCallTerms.Standard, 0);

    /// <inheritdoc cref="Price(string, TokenUsage)"/>
    /// <param name="terms">Terms that are not in the book make the cost unknown.</param>
    /// <param name="webSearches">Made by the provider for the call, and charged each.</param>
    public PricedCall Price(string model, TokenUsage tokens, ModelCallTerms terms, long webSearches) =>
        IsSane(tokens) && webSearches is >= 0 and <= MostSearches &&
        Find(model)?.For(tokens, terms.Speed)?.NanoUsd(tokens) is { } nanoUsd and <= long.MaxValue &&
        (nanoUsd * _terms.Factor(terms)) + _terms.NanoUsdOfSearches(webSearches) is { } total
            ? new PricedCall(Round(total))
            : PricedCall.WithoutPrice;

    /// <summary>Whether the book has this model.</summary>
    public bool Knows(string model) => Find(model) is not null;

    /// <param name="kind">An id in the book, for example <c>local</c>.</param>
    /// <param name="vcpus">Allocated, not used.</param>
    /// <param name="memoryMiB">Allocated, not used; MiB.</param>
    /// <returns>Nano-USD; null if the kind is unknown or the slice is not a possible one.</returns>
    public long? PriceSandbox(string kind, double seconds, int vcpus, int memoryMiB)
    {
        const double AHundredYears = 3.2e9;
        if (!_sandboxes.TryGetValue(kind, out var prices) ||
            seconds is not (>= 0 and <= AHundredYears) || vcpus < 0 || memoryMiB < 0)
        {
            return null;
        }

        var usdPerSecond = (vcpus * prices.VCpuSecond) + (memoryMiB / MiBPerGiB * prices.GibSecond);
        return Round((decimal)seconds * usdPerSecond * NanoPerUsd);
    }

    /// <summary>Whether the model's prices are made up and must be labelled so.</summary>
    public bool IsDemo(string model) => Find(model) is { Demo: true };

    /// <summary>Whether this kind of sandbox has made-up prices that must be labelled so.</summary>
    public bool IsDemoSandbox(string kind) => _sandboxes.TryGetValue(kind, out var prices) && prices.Demo;

    private ModelPrices? Find(string model)
    {
        if (_models.TryGetValue(model, out var prices))
        {
            return prices;
        }

        return model.EndsWith(LongContextSuffix, StringComparison.Ordinal)
            ? _models.GetValueOrDefault(model[..^LongContextSuffix.Length])
            : null;
    }

    private static bool IsSane(TokenUsage tokens) =>
        (tokens.Input | tokens.Output | tokens.CacheWrite5m | tokens.CacheWrite1h | tokens.CacheRead) >= 0;

    private static long? Round(decimal nanoUsd)
    {
        var rounded = decimal.Round(nanoUsd, MidpointRounding.ToEven);
        return rounded <= long.MaxValue ? (long)rounded : null;
    }

    private static PriceBook ReadBuiltIn()
    {
        using var stream = typeof(PriceBook).Assembly.GetManifestResourceStream("Colloquy.prices.json")!;
        using var reader = new StreamReader(stream);
        return Parse(reader.ReadToEnd());
    }
}
