namespace Colloquy.Errors;

/// <summary>Root of the errors that callers of a grain can act on. The message is written for them.</summary>
[GenerateSerializer, Alias("errors.colloquy")]
public abstract class ColloquyException(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>A stable word for programs, for example <c>session_not_found</c>.</summary>
    [Id(0)]
    public string Code { get; } = code;
}
