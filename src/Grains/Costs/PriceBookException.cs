namespace Colloquy.Grains.Costs;

/// <summary>A price book that cannot be used: the message names the path of what is wrong in it.</summary>
public sealed class PriceBookException(string path, string problem, Exception? inner = null)
    : Exception($"Price book: {path}: {problem}", inner)
{
    /// <summary>Where in the document, for example <c>models.claude-opus-5.input</c>, after the file's name if it is one.</summary>
    public string Path { get; } = path;

    public string Problem { get; } = problem;
}
