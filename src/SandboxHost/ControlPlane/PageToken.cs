using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Colloquy.SandboxHost.Http;

namespace Colloquy.SandboxHost.ControlPlane;

/// <summary>Where a page of the list ended. The list runs by start, then by id.</summary>
internal readonly record struct PageToken(DateTimeOffset StartedAt, string SandboxId, bool Ascending)
{
    private const string Separator = "__";
    private const string Asc = "asc";

    /// <exception cref="ApiException">400: not one of ours, or one of the other order.</exception>
    internal static PageToken? Parse(string? token, bool ascending)
    {
        if (string.IsNullOrEmpty(token)) return null;
        if (Base64Url.IsValid(token)
            && Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token)).Split(Separator) is [var time, var id, .. var order]
            && (ascending ? order is [Asc] : order is [])
            && DateTimeOffset.TryParse(
                time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var startedAt))
        {
            return new PageToken(startedAt, id, ascending);
        }

        throw new ApiException(400, "Invalid next token");
    }

    internal bool IsBefore(DateTimeOffset startedAt, string sandboxId) =>
        (Ascending ? startedAt > StartedAt : startedAt < StartedAt)
        || (startedAt == StartedAt && string.CompareOrdinal(sandboxId, SandboxId) > 0);

    public override string ToString() => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(
        $"{StartedAt:O}{Separator}{SandboxId}{(Ascending ? Separator + Asc : "")}"));
}
