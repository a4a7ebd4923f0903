using System.Text.RegularExpressions;

namespace Colloquy.SandboxHost.Limits;

/// <summary>One line of <c>/proc/self/mountinfo</c>.</summary>
/// <param name="Root">The folder of the file system that is mounted.</param>
/// <param name="Point">Where it is mounted.</param>
/// <param name="Source">A device, or a word of the file system's choice.</param>
internal sealed record Mount(string Root, string Point, string Type, string Source, IReadOnlyList<string> SuperOptions);

/// <summary>What is mounted, as the kernel tells.</summary>
internal static partial class MountTable
{
    private const int RootField = 3, PointField = 4, FirstOptionalField = 6;

    internal static IReadOnlyList<Mount> Read() => Parse(File.ReadAllText("/proc/self/mountinfo"));

    internal static IReadOnlyList<Mount> Parse(string mountInfo) =>
        [.. mountInfo.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(ParseLine)];

    private static Mount ParseLine(string line)
    {
        var fields = line.Split(' ');
        // A number of optional fields ends with a dash; what follows has fixed places again.
        var dash = Array.IndexOf(fields, "-", FirstOptionalField);
        return new Mount(
            Unescape(fields[RootField]), Unescape(fields[PointField]), fields[dash + 1], Unescape(fields[dash + 2]),
            fields[dash + 3].Split(','));
    }

    private static string Unescape(string field) =>
        Octal().Replace(field, escape => ((char)Convert.ToInt32(escape.Groups[1].Value, 8)).ToString());

    [GeneratedRegex(@"\\([0-7]{3})")]
    private static partial Regex Octal();
}
