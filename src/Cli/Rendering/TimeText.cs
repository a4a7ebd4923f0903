using System.Globalization;

namespace Colloquy.Cli.Rendering;

internal static class TimeText
{
    public static string Seconds(double seconds) => seconds switch
    {
        < 1 => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1000:0} ms"),
        < 120 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.00} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(long)seconds / 60}m{(long)seconds % 60:00}s"),
    };

    public static string Seconds(TimeSpan span) => Seconds(span.TotalSeconds);

    /// <summary>A moment, UTC, for tables.</summary>
    public static string Moment(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>A time of day, UTC, to the millisecond.</summary>
    public static string Clock(DateTimeOffset at) =>
        at.UtcDateTime.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
}
