using System.Text;

namespace Colloquy.Web.ModelGateway;

/// <summary>Takes the provider's credential out of what the provider says: an error may repeat it.</summary>
internal static class Redaction
{
    private const string Mark = "[redacted]";

    public static string Of(string text, string secret) => text.Replace(secret, Mark, StringComparison.Ordinal);

    public static ReadOnlyMemory<byte> Of(ReadOnlyMemory<byte> text, string secret) =>
        text.Span.IndexOf(Encoding.UTF8.GetBytes(secret)) < 0
            ? text
            : Encoding.UTF8.GetBytes(Of(Encoding.UTF8.GetString(text.Span), secret));
}
