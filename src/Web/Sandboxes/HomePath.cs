using System.Text;
using Colloquy.Sessions;

namespace Colloquy.Web.Sandboxes;

/// <summary>
/// A place in the home folder of a sandbox, made from what a client wrote: relative to the home folder or absolute
/// below it. What leads elsewhere has no such path.
/// </summary>
public readonly record struct HomePath
{
    /// <summary>What Linux takes as one path, its final NUL included.</summary>
    private const int LongestPath = 4096;
    private const int LongestName = 255;
    private const string Field = "path";

    private HomePath(string home, string relative) => (Home, Relative) = (home, relative);

    public string Home { get; }

    /// <summary>Empty for the home folder itself; never begins or ends with a slash.</summary>
    public string Relative { get; }

    public string Absolute => IsHome ? Home : $"{Home}/{Relative}";

    public string Name => Absolute[(Absolute.LastIndexOf('/') + 1)..];

    public bool IsHome => Relative.Length == 0;

    /// <param name="text">Null or empty for the home folder.</param>
    /// <param name="home">Absolute, without a slash at the end.</param>
    /// <exception cref="InvalidInputException">It leads out of the home folder, or Linux would not take it.</exception>
    public static HomePath Parse(string? text, string home)
    {
        text ??= "";
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            throw Wrong("holds a NUL character, which no path can.");
        }

        var below = text.StartsWith('/') ? Below(text, home) : text;
        string[] names = [.. below.Split('/').Where(name => name is not ("" or "."))];
        if (names.Contains(".."))
        {
            throw Wrong($"'{text}' has '..' in it, which may lead out of {home}. Write the path without it.");
        }

        var path = new HomePath(home, string.Join('/', names));
        return Fits(path, names)
            ? path
            : throw Wrong(
                $"is too long: a name may have {LongestName} bytes and a whole path {LongestPath - 1}, in UTF-8.");
    }

    /// <summary>A path that must be a file's.</summary>
    /// <exception cref="InvalidInputException">It is missing, names a folder, or <see cref="Parse"/> refuses it.</exception>
    public static HomePath ParseFile(string? text, string home)
    {
        if (string.IsNullOrEmpty(text))
        {
            throw Wrong("is missing. Name a file, relative to the home folder or absolute below it.");
        }

        var path = Parse(text, home);
        return path.IsHome || text.EndsWith('/') || text.EndsWith("/.", StringComparison.Ordinal)
            ? throw Wrong($"'{text}' names a folder. Name a file.")
            : path;
    }

    public override string ToString() => Absolute;

    private static string Below(string text, string home) =>
        text == home ? ""
        : text.StartsWith(home + "/", StringComparison.Ordinal) ? text[home.Length..]
        : throw Wrong($"'{text}' is outside of {home}, the only folder that is served.");

    private static bool Fits(HomePath path, string[] names) =>
        Encoding.UTF8.GetByteCount(path.Absolute) < LongestPath &&
        Array.TrueForAll(names, name => Encoding.UTF8.GetByteCount(name) <= LongestName);

    private static InvalidInputException Wrong(string message) => new(Field, message);
}
