namespace Colloquy.Grains.Agents.Offline;

/// <summary>One thing that the offline agent does. What is executed is executed in the sandbox, by offline.sh.</summary>
internal abstract record OfflineStep;

internal sealed record Say(string Text) : OfflineStep;

/// <summary>Word by word, so that it can be watched.</summary>
internal sealed record Speak(string Text) : OfflineStep;

/// <summary>Says that it will: the history is the memory.</summary>
internal sealed record Memorize(string Fact) : OfflineStep;

/// <summary>Looks up in the history what the user told it to remember.</summary>
/// <param name="Subject">Normalised by <see cref="Facts.Normalize"/>; empty for everything.</param>
internal sealed record Recall(string Subject) : OfflineStep;

/// <param name="Content">With a line feed at the end, as text files have it.</param>
internal sealed record WriteFile(string Path, string Content) : OfflineStep;

internal sealed record ReadFile(string Path) : OfflineStep;

internal sealed record ListFolder(string Path) : OfflineStep;

internal sealed record Count(CountUnit Unit, string Path) : OfflineStep;

internal enum CountUnit
{
    Lines,
    Words,
    Characters,
    Bytes,
}

internal sealed record RunCommand(string Command) : OfflineStep;

/// <summary>Ends the agent's process at once, as a crash would.</summary>
/// <param name="ExitCode">1 to 255.</param>
internal sealed record Fail(int ExitCode, string Message) : OfflineStep;

/// <param name="Seconds">A number as sleep(1) takes it.</param>
internal sealed record Sleep(string Seconds) : OfflineStep;

internal sealed record Emit(int Count) : OfflineStep;
