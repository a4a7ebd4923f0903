using System.Globalization;
using System.Text.Json;
using Colloquy.Costs;
using Colloquy.Sessions;

namespace Colloquy.Grains.Agents;

/// <summary>
/// Turns stream events and result lines into model calls, so that each token of a turn is booked once.
/// <para>
/// The usage of assistant lines is the snapshot of the call's first moment (about one output token), repeated on the
/// line of every block, so a sum of it is wrong in both directions: it counts once per call, and only for an agent that
/// was killed and gave nothing better. A single call's truth is the maximum of what its own stream says. The turn's
/// truth is the result line, which also knows sub-agents, compaction and calls that were not streamed: what it has
/// beyond the single calls is booked there and then, as one more call per model. A result that has less takes nothing
/// back: a call that failed half-way is missing in it, but was paid for.
/// </para>
/// </summary>
internal sealed class ModelCallMeter(UsageBaseline? baseline)
{
    private readonly ResultUsage _results = new(baseline);
    private readonly OrderedDictionary<string, StreamedCall> _open = new(StringComparer.Ordinal);
    private readonly OrderedDictionary<string, StreamedCall> _shown = new(StringComparer.Ordinal);
    private readonly HashSet<string> _ended = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _latestByParent = new(StringComparer.Ordinal);

    /// <summary>Booked since the last result line, by <see cref="ModelName.Family"/>.</summary>
    private readonly Dictionary<string, TokenUsage> _booked = new(StringComparer.Ordinal);

    /// <summary>Calls of which only assistant lines were seen since the last result line.</summary>
    private readonly OrderedDictionary<string, StreamedCall> _unstreamed = new(StringComparer.Ordinal);

    public UsageBaseline? Baseline => _results.Baseline;

    /// <summary>The calls that were streamed, in the order they began.</summary>
    public IEnumerable<ShownCall> Shown =>
        _shown.Select(call => new ShownCall(call.Key, call.Value.Model, call.Value.Usage.ToTokens()));

    /// <summary>What the result lines say by <see cref="ModelName.Family"/>; null if none of them counts tokens.</summary>
    public IReadOnlyDictionary<string, TokenUsage>? Truth { get; private set; }

    public void ReadInit(JsonElement line) => _results.ReadInit(line);

    public void ReadAssistant(JsonElement line)
    {
        if (line.Object("message") is not { } message || message.Text("id") is not { } id ||
            message.Text("model") is not { } model || model == ModelName.Synthetic)
        {
            return;
        }

        _results.NoteModel(model);
        if (!_open.ContainsKey(id) && !_ended.Contains(id))
        {
            var call = _unstreamed.GetValueOrDefault(id) ?? new StreamedCall(model);
            call.Usage = UsageCounts.Max(call.Usage, UsageCounts.FromApi(message.Object("usage")));
            _unstreamed[id] = call;
        }
    }

    public bool TryReadStreamEvent(JsonElement line, LineEvents events)
    {
        if (line.Object("event") is not { } streamed)
        {
            return false;
        }

        switch (streamed.Text("type"))
        {
            case "message_start":
                return TryStart(line, streamed, events);
            case "message_delta" when Find(line) is { Call: var call }:
                call.Usage = UsageCounts.Max(call.Usage, UsageCounts.FromApi(streamed.Object("usage")));
                return true;
            case "message_stop" when Find(line) is { } found:
                EndCall(found.Id, found.Call, incomplete: false, events);
                return true;
            default:
                return true;
        }
    }

    public void ReadResult(JsonElement line, LineEvents events)
    {
        CloseOpenCalls(events);
        _unstreamed.Clear();
        var says = line.Object("model_usage_since_last_result") ?? line.Object("modelUsage");
        Truth ??= says is null ? null : new Dictionary<string, TokenUsage>();
        foreach (var (model, counts) in _results.Read(line))
        {
            var truth = counts.ToTokens();
            Truth = Truth?.Plus(model, truth);
            var missing = UsageCounts.Missing(truth, _booked.GetValueOrDefault(ModelName.Family(model)));
            if (missing.Total > 0)
            {
                Book(model, missing, events);
            }
        }

        _booked.Clear();
    }

    /// <summary>The output has ended: what no result line has spoken about is booked with what was seen of it.</summary>
    public void End(LineEvents events)
    {
        CloseOpenCalls(events);
        foreach (var (id, call) in _unstreamed.Where(item => item.Value.Usage.ToTokens().Total > 0))
        {
            events.Add(SourceKey.ModelCallStarted(events.Turn, id), new ModelRequestStart(id, call.Model));
            AddEnd(id, call.Model, call.Usage.ToTokens(), incomplete: true, events);
        }

        _unstreamed.Clear();
    }

    /// <summary>Books calls whose end never came with what was seen of them: the process or the connection died.</summary>
    private void CloseOpenCalls(LineEvents events)
    {
        foreach (var (id, call) in _open.ToArray())
        {
            EndCall(id, call, incomplete: true, events);
        }
    }

    private bool TryStart(JsonElement line, JsonElement streamed, LineEvents events)
    {
        if (streamed.Object("message") is not { } message || message.Text("id") is not { } id)
        {
            return false;
        }

        if (!_ended.Contains(id))
        {
            var call = new StreamedCall(message.Text("model") ?? ModelName.Unknown)
            {
                Usage = UsageCounts.FromApi(message.Object("usage")),
            };
            _open[id] = call;
            _shown[id] = call;
            _unstreamed.Remove(id);
            _latestByParent[ParentOf(line)] = id;
            events.Add(SourceKey.ModelCallStarted(events.Turn, id), new ModelRequestStart(id, call.Model));
        }

        return true;
    }

    private (string Id, StreamedCall Call)? Find(JsonElement line)
    {
        // Older CLIs do not repeat the id; the streams of sub-agents run side by side, each under its parent.
        var id = line.Text("api_message_id") ?? _latestByParent.GetValueOrDefault(ParentOf(line));
        return id is not null && _open.TryGetValue(id, out var call) ? (id, call) : null;
    }

    private static string ParentOf(JsonElement line) => line.Text("parent_tool_use_id") ?? "";

    private void EndCall(string id, StreamedCall call, bool incomplete, LineEvents events)
    {
        _open.Remove(id);
        _ended.Add(id);
        var tokens = call.Usage.ToTokens();
        AddBooked(call.Model, tokens);
        AddEnd(id, call.Model, tokens, incomplete, events);
    }

    private static void Book(string model, TokenUsage tokens, LineEvents events)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"result_{events.Start}_{model}");
        events.Add(SourceKey.ModelCallStarted(events.Turn, id), new ModelRequestStart(id, model));
        AddEnd(id, model, tokens, incomplete: false, events);
    }

    private static void AddEnd(string id, string model, TokenUsage tokens, bool incomplete, LineEvents events) =>
        events.Add(
            SourceKey.ModelCallEnded(events.Turn, id),
            new ModelRequestEnd(
                events.IdOf(SourceKey.ModelCallStarted(events.Turn, id)),
                IsError: incomplete,
                ModelUsage.From(tokens),
                model,
                id,
                Incomplete: incomplete),
            new BookedCall(model, tokens));

    private void AddBooked(string model, TokenUsage tokens)
    {
        var family = ModelName.Family(model);
        _booked[family] = _booked.GetValueOrDefault(family) + tokens;
    }

    private sealed class StreamedCall(string model)
    {
        public string Model { get; } = model;
        public UsageCounts Usage { get; set; }
    }
}
