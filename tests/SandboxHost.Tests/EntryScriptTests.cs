using System.Diagnostics;
using Colloquy.SandboxHost.Isolation;
using CsCheck;

namespace Colloquy.SandboxHost.Tests;

public sealed class EntryScriptTests
{
    [Fact]
    public void Quoted_text_is_one_word_on_one_line_that_a_shell_reads_back()
    {
        Gen.String[Gen.Char["ab '\"\\$`\n!*~#;&|äß\t-"], 0, 20].Sample(
            text =>
            {
                var quoted = EntryScript.Quote(text);
                return !quoted.Contains('\n', StringComparison.Ordinal) && Shell(quoted) == text + ".";
            },
            iter: 50,
            threads: 1);
    }

    [Theory]
    [InlineData("A_1", true)]
    [InlineData("_", true)]
    [InlineData("1A", false)]
    [InlineData("", false)]
    [InlineData("A-B", false)]
    [InlineData("A=B", false)]
    [InlineData("Ä", false)]
    public void Variable_names_are_those_of_the_shell(string name, bool valid) =>
        Assert.Equal(valid, EntryScript.IsVariableName(name));

    private static string Shell(string word)
    {
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardOutput = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"set -- '\n'\nprintf '%s.' {word}");
        using var shell = Process.Start(start)!;
        return shell.StandardOutput.ReadToEnd();
    }
}
