using System.Text.Json;

namespace Colloquy.Grains.Agents;

/// <summary>
/// What each result line adds to a turn, by model. Newer CLIs (2.1.310 on) say it themselves. Older ones give sums:
/// from 2.1.277 on over the agent's session, also when it is resumed; before that, over the process.
/// </summary>
internal sealed class ResultUsage(UsageBaseline? baseline)
{
    /// <summary>The state of a session must stay small, whatever an agent prints.</summary>
    private const int MostModels = 64;

    private static readonly Version CountsOverResume = new(2, 1, 277);
    private static readonly Dictionary<string, UsageCounts> Nothing = [];

    private UsageBaseline? _last = baseline;
    private bool _lastIsOfThisProcess;
    private string? _version;
    private string? _model;

    /// <summary>What the next process of the same agent session starts from.</summary>
    public UsageBaseline? Baseline =>
        _last is { AgentSession.Length: > 0, Models.Count: <= MostModels } && GoesOnCounting(_last.CliVersion) ? _last : null;

    public void ReadInit(JsonElement line)
    {
        _version = line.Text("claude_code_version") ?? _version;
        NoteModel(line.Text("model"));
    }

    /// <summary>For results that do not name a model.</summary>
    public void NoteModel(string? model) => _model = model ?? _model;

    public IReadOnlyDictionary<string, UsageCounts> Read(JsonElement line)
    {
        if (line.Object("modelUsage") is not { } models)
        {
            return line.Object("model_usage_since_last_result") is { } alone ? ReadModels(alone) : ReadUsage(line);
        }

        var now = ReadModels(models);
        var before = Before(line.Text("session_id") ?? "");
        // A result without any counts is one of a failed start, which says nothing about what was counted before.
        if (now.Count > 0)
        {
            _last = new UsageBaseline(line.Text("session_id") ?? "", _version, now);
            _lastIsOfThisProcess = true;
        }

        return line.Object("model_usage_since_last_result") is { } since ? ReadModels(since) : Growth(now, before);
    }

    private IReadOnlyDictionary<string, UsageCounts> Before(string session) =>
        _last is not null && _last.AgentSession == session && (_lastIsOfThisProcess || GoesOnCounting(_version))
            ? _last.Models
            : Nothing;

    /// <summary>If any value fell, all counts began anew.</summary>
    private static Dictionary<string, UsageCounts> Growth(
        Dictionary<string, UsageCounts> now, IReadOnlyDictionary<string, UsageCounts> before) =>
        before.Any(old => now.GetValueOrDefault(old.Key).IsBelow(old.Value))
            ? now
            : now.ToDictionary(
                model => model.Key, model => model.Value.Minus(before.GetValueOrDefault(model.Key)), StringComparer.Ordinal);

    /// <summary>Small agents know one number and one model. The CLI always has its counts by model.</summary>
    private Dictionary<string, UsageCounts> ReadUsage(JsonElement line) =>
        line.Object("usage") is { } usage
            ? new() { [line.Text("model") ?? _model ?? ModelName.Unknown] = UsageCounts.FromApi(usage) }
            : Nothing;

    private static Dictionary<string, UsageCounts> ReadModels(JsonElement models)
    {
        var counts = new Dictionary<string, UsageCounts>(StringComparer.Ordinal);
        foreach (var model in models.EnumerateObject())
        {
            // One model may have two keys, such as "name" and "name[1m]".
            var name = model.Value.Text("canonicalModel") ?? model.Name;
            counts[name] = UsageCounts.Sum(counts.GetValueOrDefault(name), UsageCounts.FromResult(model.Value));
        }

        return counts;
    }

    /// <summary>Of what does not say its version, each process counts for itself.</summary>
    private static bool GoesOnCounting(string? version)
    {
        // It may go on after the numbers: "2.1.330 (Claude Code)".
        var end = version?.AsSpan().IndexOfAny(' ', '-', '+') ?? -1;
        return Version.TryParse(end < 0 ? version : version![..end], out var parsed) && parsed >= CountsOverResume;
    }
}
