using System.Text;

namespace Colloquy.SandboxHost.Isolation;

/// <summary>
/// The shell that stands in a sandbox and becomes the command. It waits for one line on descriptor 4, executes it and
/// answers on descriptor 3. Being there before the command is known, it costs the command no time. It sources the
/// descriptor rather than reading a line, which shells do byte by byte: a command may be 100 KB long.
/// </summary>
internal static class EntryScript
{
    internal const string Shell = "/bin/sh";
    internal const string Ready = "ok";
    internal const string NoSuchFolder = "cwd";

    /// <summary>A line cannot hold a line break, so the shell keeps one in <c>$1</c>, which no variable can overwrite.</summary>
    internal const string Text = """
        set -- '
        '
        . /dev/fd/4
        """;

    /// <summary>The line that turns the waiting shell into the command.</summary>
    internal static string Line(
        string folder, IEnumerable<KeyValuePair<string, string>> environment, IEnumerable<string> command, bool stdin)
    {
        // In braces, so that half a line, of a server that died while it wrote, is an error and not half a command.
        var line = new StringBuilder();
        line.Append("{ cd -- ").Append(Quote(folder)).Append(" 2>/dev/null || { echo ").Append(NoSuchFolder)
            .Append(" >&3; exit 1; }; echo ").Append(Ready).Append(" >&3; ");
        foreach (var (name, value) in environment)
            line.Append("export ").Append(name).Append('=').Append(Quote(value)).Append("; ");
        line.Append("exec");
        foreach (var word in command) line.Append(' ').Append(Quote(word));
        if (!stdin) line.Append(" </dev/null");
        return line.Append(" 3>&- 4<&-; }").ToString();
    }

    /// <summary>True if a shell can hold a variable of this name.</summary>
    internal static bool IsVariableName(string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    /// <summary>One shell word on one line, whatever the text holds.</summary>
    internal static string Quote(string text) =>
        $"'{text.Replace("'", "'\\''", StringComparison.Ordinal).Replace("\n", "'\"$1\"'", StringComparison.Ordinal)}'";
}
