using System.Globalization;

namespace Colloquy.Silo.Storage;

/// <summary>The UTC day that an entry is booked on, as the ledger's column holds it: <c>yyyy-MM-dd</c>.</summary>
internal static class LedgerDay
{
    public static string Of(DateTimeOffset at) => Of(DateOnly.FromDateTime(at.UtcDateTime));

    public static string Of(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
