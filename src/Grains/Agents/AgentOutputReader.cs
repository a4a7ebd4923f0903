using Colloquy.Agents;
using Colloquy.Costs;
using Colloquy.Sessions;

namespace Colloquy.Grains.Agents;

/// <summary>
/// Reads the agent output (stream-json, one object per line) from its beginning and says which session events it
/// means. Pure: the same bytes give the same events with the same source keys, however they are cut into chunks. So to
/// go on after a restart, read again from the beginning and skip the events up to the end offset that is stored: a
/// result line speaks about the whole turn, and only who has read all of it knows what of that is booked.
/// </summary>
internal sealed class AgentOutputReader
{
    public const int DefaultLineLimit = 16 * 1024 * 1024;

    private readonly LineSplitter _lines;
    private readonly OutputTranslator _translator;

    /// <param name="baseline">What the agent had counted before this turn: the <see cref="Baseline"/> of the last one.</param>
    /// <param name="lineLimit">Bytes. Longer lines are skipped and counted as warnings.</param>
    /// <param name="usageSource">If it is not the output, model calls are read but make no events.</param>
    public AgentOutputReader(
        SessionId session, TurnId turn, UsageBaseline? baseline = null, int lineLimit = DefaultLineLimit,
        string usageSource = UsageSource.Output)
    {
        _lines = new LineSplitter(lineLimit);
        _translator = new OutputTranslator(session, turn, baseline, booksCalls: usageSource == UsageSource.Output);
    }

    /// <summary>The streamed model calls, in the order they began.</summary>
    public IEnumerable<ShownCall> Shown => _translator.Shown;

    /// <summary>The tokens by model that the result lines so far speak of; null if none of them does.</summary>
    public IReadOnlyDictionary<string, TokenUsage>? Usage => _translator.Usage;

    /// <summary>The offset after the last line that was read.</summary>
    public long Offset => _lines.Offset;

    /// <summary>Lines that could not be read: malformed, or longer than the limit.</summary>
    public int Warnings { get; private set; }

    /// <summary>The last result line; null if there was none yet.</summary>
    public AgentResult? Result => _translator.Result;

    /// <summary>Set once the launcher said that the agent ended. Nothing after that line is read.</summary>
    public LauncherExit? Exit => _translator.Exit;

    /// <summary>What the agent has counted so far, if it goes on from there in the next turn.</summary>
    public UsageBaseline? Baseline => _translator.Baseline;

    /// <summary>The message that the agent is writing; null if its last one is complete, and thus among the events.</summary>
    public MessagePreview? Preview => _translator.Preview;

    internal int RetainedBytes => _lines.RetainedBytes;

    /// <summary>
    /// The events of the lines that <paramref name="chunk"/> completes. Events with the same end offset come from one
    /// line: store them in one transaction, for going on from there skips them all.
    /// </summary>
    public IReadOnlyList<AgentOutputEvent> Push(ReadOnlySpan<byte> chunk)
    {
        var events = new List<AgentOutputEvent>();
        while (Exit is null && _lines.TryRead(ref chunk, out var line))
        {
            Translate(line, events);
        }

        return events;
    }

    /// <summary>
    /// The output ended here, and no more will come: reads a last line without a line feed and closes model calls
    /// that were cut off. Not to be called when only the stream broke.
    /// </summary>
    public IReadOnlyList<AgentOutputEvent> Complete()
    {
        var events = new List<AgentOutputEvent>();
        if (Exit is not null)
        {
            return events;
        }

        if (_lines.TryReadRest(out var line))
        {
            Translate(line, events);
        }

        _translator.End(Offset, events);
        return events;
    }

    private void Translate(OutputLine line, List<AgentOutputEvent> events)
    {
        if (line.TooLong || !_translator.TryTranslate(line, events))
        {
            Warnings++;
        }
    }
}
