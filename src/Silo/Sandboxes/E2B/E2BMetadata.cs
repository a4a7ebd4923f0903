namespace Colloquy.Silo.Sandboxes.E2B;

internal static class E2BMetadata
{
    public const string Lease = "colloquy_lease";
    public const string Session = "colloquy_session";

    /// <summary>Whose it is, where several installations share an account.</summary>
    public const string Owner = "colloquy_owner";

    /// <summary>
    /// The value of a metadata filter before it is escaped as part of a URL. The server decodes three times: the
    /// query, the list of pairs, each key and value.
    /// </summary>
    public static string Filter(string key, string value) => $"{Escape(key)}={Escape(value)}";

    private static string Escape(string text) => Uri.EscapeDataString(Uri.EscapeDataString(text));
}
