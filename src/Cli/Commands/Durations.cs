using System.Globalization;
using System.Text.RegularExpressions;

namespace Colloquy.Cli.Commands;

/// <summary>Reads durations such as <c>30s</c>, <c>10m</c>, <c>2h</c> and <c>1h30m</c>.</summary>
internal static partial class Durations
{
    public const string Forms = "30s, 10m, 2h or 1h30m";

    /// <param name="error">What is wrong with it, as a half sentence; null if nothing is.</param>
    public static bool TryParse(string text, out TimeSpan duration, out string? error)
    {
        duration = TimeSpan.Zero;
        error = null;
        if (text.StartsWith('-'))
        {
            error = "must not be negative";
        }
        else if (Pattern().Match(text) is not { Success: true } match || text.Length == 0)
        {
            error = $"is not a duration; write it as {Forms}";
        }
        else if (!TrySum(match, out duration))
        {
            error = "is too long";
        }

        return error is null;
    }

    private static bool TrySum(Match match, out TimeSpan duration)
    {
        var seconds = Number(match, "h") * 3600 + Number(match, "m") * 60 + Number(match, "s");
        duration = seconds <= TimeSpan.MaxValue.TotalSeconds / 2 ? TimeSpan.FromSeconds(seconds) : TimeSpan.Zero;
        return seconds <= TimeSpan.MaxValue.TotalSeconds / 2;
    }

    private static double Number(Match match, string group) =>
        match.Groups[group] is { Success: true } found
            ? double.Parse(found.Value, NumberStyles.None, CultureInfo.InvariantCulture)
            : 0;

    [GeneratedRegex(@"^(?:(?<h>[0-9]+)h)?(?:(?<m>[0-9]+)m)?(?:(?<s>[0-9]+)s)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
