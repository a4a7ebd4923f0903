using Colloquy.Costs;
using Colloquy.Grains.Agents;
using Colloquy.Grains.Definitions;
using Colloquy.Models;

namespace Colloquy.Grains.Sessions;

/// <summary>
/// What a turn takes of what the gateway reports. Much of it is what the sandbox asked for or what a provider's answer
/// claims, so nothing of it may make sums overflow or the session's row grow without end. Pure.
/// </summary>
internal static class ModelCallBounds
{
    /// <summary>
    /// Far beyond any model's context, and so little that the money of a whole turn still is a number.
    /// </summary>
    public const long MostTokens = 1_000_000_000;

    public const int MostRequests = 10_000;
    public const int MostModels = 64;

    /// <summary>What the models beyond <see cref="MostModels"/> are summed up as.</summary>
    public const string OtherModels = "other";

    private const double LongestCall = 24 * 60 * 60;

    public static ModelCallStart Bounded(this ModelCallStart call) => call with
    {
        Model = Bounded(call.Model),
        WorstCase = Bounded(call.WorstCase),
        Attempt = (int)Bounded(call.Attempt, MostRequests),
    };

    public static ModelCallEnd Bounded(this ModelCallEnd call) => call with
    {
        Model = Bounded(call.Model),
        Tokens = Bounded(call.Tokens),
        WebSearches = Bounded(call.WebSearches, MostRequests),
        WebFetches = Bounded(call.WebFetches, MostRequests),
        DurationSeconds = Bounded(call.DurationSeconds),
        TimeToFirstToken = call.TimeToFirstToken is { } seconds ? Bounded(seconds) : null,
    };

    /// <summary>Sums of a turn with those of one more call.</summary>
    public static IReadOnlyDictionary<string, TokenUsage>? PlusCall(
        this IReadOnlyDictionary<string, TokenUsage>? sums, ModelCallEnd call)
    {
        if (call.Tokens == TokenUsage.None)
        {
            return sums;
        }

        sums ??= new Dictionary<string, TokenUsage>();
        var isKnown = sums.Count < MostModels || sums.ContainsKey(ModelName.Family(call.Model));
        return sums.Plus(isKnown ? call.Model : OtherModels, call.Tokens);
    }

    private static TokenUsage Bounded(TokenUsage tokens) => new(
        Bounded(tokens.Input, MostTokens), Bounded(tokens.Output, MostTokens), Bounded(tokens.CacheWrite5m, MostTokens),
        Bounded(tokens.CacheWrite1h, MostTokens), Bounded(tokens.CacheRead, MostTokens));

    private static long Bounded(long count, long most) => Math.Clamp(count, 0, most);

    /// <summary>JSON has no number for what is none.</summary>
    private static double Bounded(double seconds) => double.IsNaN(seconds) ? 0 : Math.Clamp(seconds, 0, LongestCall);

    private static string Bounded(string model) =>
        model.Length <= DefinitionLimits.MaxModelLength ? model : model[..DefinitionLimits.MaxModelLength];
}
