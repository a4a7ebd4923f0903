namespace Colloquy.Grains.Agents.Offline;

internal static class Shell
{
    private static readonly System.Buffers.SearchValues<char> Plain = System.Buffers.SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./_-+:,@%");

    /// <summary>
    /// One word for the shell, whatever is in it. Only NUL cannot be in a word; prompts may hold it, so it is replaced.
    /// </summary>
    public static string Quote(string word) => ShellText.Quote(word.Replace('\0', '\ufffd'));

    /// <summary>The same, but easy on the eyes where no quotes are needed.</summary>
    public static string QuoteIfNeeded(string word) =>
        word.Length > 0 && word.AsSpan().IndexOfAnyExcept(Plain) < 0 ? word : Quote(word);
}
