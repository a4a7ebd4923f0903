using System.Text;
using System.Text.Json;
using Colloquy.Costs;
using Colloquy.Sessions;

namespace Colloquy.Grains.Agents;

/// <summary>Says what each line of the agent output means. Unknown types and fields mean nothing.</summary>
/// <param name="booksCalls">The output is what is booked. Else its model calls only serve to compare.</param>
internal sealed class OutputTranslator(SessionId session, TurnId turn, UsageBaseline? baseline, bool booksCalls)
{
    private readonly ModelCallMeter _meter = new(baseline);
    private readonly MessageBlocks _blocks = new();
    private readonly PreviewReader _previews = new(session, turn);

    public IEnumerable<ShownCall> Shown => _meter.Shown;

    public IReadOnlyDictionary<string, TokenUsage>? Usage => _meter.Truth;

    public AgentResult? Result { get; private set; }

    public LauncherExit? Exit { get; private set; }

    public UsageBaseline? Baseline => _meter.Baseline;

    public MessagePreview? Preview => _previews.Open;

    /// <returns>False if the line is not what it should be. Blank lines are fine.</returns>
    public bool TryTranslate(OutputLine line, List<AgentOutputEvent> events)
    {
        var bytes = line.Bytes.Trim(" \t\r"u8);
        if (bytes.IsEmpty)
        {
            return true;
        }

        if (!JsonLine.TryParse(bytes, out var document))
        {
            return false;
        }

        using (document)
        {
            return Translate(document.RootElement, new LineEvents(session, turn, line.Start, line.End, events));
        }
    }

    public void End(long offset, List<AgentOutputEvent> events) =>
        _meter.End(Calls(new LineEvents(session, turn, offset, offset, events)));

    private bool Translate(JsonElement line, LineEvents events)
    {
        _previews.Read(line, _blocks);
        switch (line.Text("type"))
        {
            case "system" when line.Text("subtype") == "init":
                _meter.ReadInit(line);
                return true;
            case "assistant":
                _meter.ReadAssistant(line);
                return _blocks.TryReadAssistant(line, events);
            case "user":
                return MessageBlocks.TryReadUser(line, events);
            case "stream_event":
                return _meter.TryReadStreamEvent(line, Calls(events));
            case "result":
                _meter.ReadResult(line, Calls(events));
                Result = ReadResult(line);
                return true;
            case "launcher_exit":
                _meter.End(Calls(events));
                Exit = ReadExit(line);
                return true;
            default:
                return true;
        }
    }

    /// <summary>Where the events of model calls go: nowhere, if the gateway reports them.</summary>
    private LineEvents Calls(LineEvents events) => booksCalls ? events : events with { Events = [] };

    private static AgentResult ReadResult(JsonElement line)
    {
        var subtype = line.Text("subtype") ?? "";
        return new AgentResult(
            line.IsTrue("is_error") || subtype.StartsWith("error", StringComparison.Ordinal),
            subtype,
            line.Text("result") ?? Errors(line),
            line.Text("terminal_reason"),
            line.Integer("api_error_status"),
            line.Text("api_error_type"),
            line.Text("api_error"));
    }

    private static string? Errors(JsonElement line) =>
        line.Array("errors") is { } errors
            ? string.Join('\n', errors.EnumerateArray()
                .Where(error => error.ValueKind == JsonValueKind.String)
                .Select(error => error.GetString()))
            : null;

    private static LauncherExit ReadExit(JsonElement line)
    {
        const int Unknown = -1;
        var encoded = line.Text("stderr") ?? "";
        var decoded = new byte[encoded.Length];
        return new LauncherExit(
            line.Integer("exit_code") ?? Unknown,
            Convert.TryFromBase64String(encoded, decoded, out var length)
                ? Encoding.UTF8.GetString(decoded, 0, length)
                : "");
    }
}
