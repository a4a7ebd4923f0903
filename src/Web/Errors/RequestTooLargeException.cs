using Colloquy.Errors;

namespace Colloquy.Web.Errors;

/// <summary>The request, or a part of it, is larger than what is accepted; nothing was changed.</summary>
internal sealed class RequestTooLargeException(string field, string message)
    : ColloquyException("request_too_large", $"{field}: {message}")
{
    public string Field { get; } = field;
}
