using System.Globalization;
using Colloquy.Sessions;
using Microsoft.AspNetCore.Http;

namespace Colloquy.Web.Requests;

/// <summary>Reads query parameters; what cannot be read is an error that names the parameter.</summary>
internal static class QueryInput
{
    /// <returns>The value, or null if it is absent or empty.</returns>
    public static string? Text(this IQueryCollection query, string name) =>
        query[name] is not { Count: > 0 } values ? null
        : values.Count > 1 ? throw new InvalidInputException(name, "may be given once only.")
        : string.IsNullOrEmpty(values[0]) ? null : values[0];

    public static int Limit(this IQueryCollection query, int whenAbsent, int max) =>
        query.Text("limit") is not { } text ? whenAbsent
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit >= 1 && limit <= max
            ? limit
            : throw new InvalidInputException("limit", $"must be 1 to {max}, not '{text}'.");

    public static bool Flag(this IQueryCollection query, string name) => query.Text(name) switch
    {
        null or "false" => false,
        "true" => true,
        var text => throw new InvalidInputException(name, $"must be true or false, not '{text}'."),
    };

    public static int? Integer(this IQueryCollection query, string name) =>
        query.Text(name) is not { } text ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 ? number
        : throw new InvalidInputException(name, $"must be a whole number from 1, not '{text}'.");

    public static DateTimeOffset? Time(this IQueryCollection query, string name) =>
        query.Text(name) is not { } text ? null
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time
        : throw new InvalidInputException(name, $"must be a time such as 2026-11-23T08:00:00Z, not '{text}'.");

    /// <summary>Values given as <c>name=a,b</c>, as repeated <c>name</c>, or as <c>name[]</c>.</summary>
    /// <returns>Null if there are none.</returns>
    public static IReadOnlyList<string>? Values(this IQueryCollection query, string name)
    {
        var values = query[name].Concat(query[name + "[]"])
            .SelectMany(value => (value ?? "").Split(',', Split))
            .Distinct(StringComparer.Ordinal)
            .ToList();
        return values.Count == 0 ? null : values;
    }

    /// <summary>A filter that were silently ignored would answer what was not asked for.</summary>
    public static void RejectFilters(this IQueryCollection query, params ReadOnlySpan<string> names)
    {
        foreach (var name in query.Keys)
        {
            if (name.StartsWith("created_at[", StringComparison.Ordinal) || names.Contains(name))
            {
                throw new InvalidInputException(name, "this filter is not supported. Leave it out.");
            }
        }
    }

    /// <summary>For lists that can be filtered by some times of creation.</summary>
    /// <inheritdoc cref="RejectFilters"/>
    public static void RejectOtherFilters(this IQueryCollection query, params ReadOnlySpan<string> supported)
    {
        foreach (var name in query.Keys)
        {
            if (name.StartsWith("created_at[", StringComparison.Ordinal) && !supported.Contains(name))
            {
                throw new InvalidInputException(name, "this filter is not supported. Leave it out.");
            }
        }
    }

    private const StringSplitOptions Split = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;
}
