using System.Text.Json;
using Colloquy.Costs;
using Colloquy.Grains.Agents;

namespace Colloquy.Grains.Tests.Agents;

/// <summary>Recorded outputs of the real CLI; Transcripts/README.md says how they came about.</summary>
internal static class Transcript
{
    private const string Folder = "Transcripts/";

    public static IEnumerable<string> Names =>
        typeof(Transcript).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
            .Select(name => name[Folder.Length..])
            .Order(StringComparer.Ordinal);

    public static byte[] Read(string name)
    {
        using var stream = typeof(Transcript).Assembly.GetManifestResourceStream(Folder + name)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    public static IEnumerable<JsonElement> Lines(string name) =>
        System.Text.Encoding.UTF8.GetString(Read(name))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonSerializer.Deserialize<JsonElement>(line));

    /// <summary>
    /// What the result lines say was used, and one assistant line of each call after the last of them: by model.
    /// </summary>
    public static Dictionary<string, TokenUsage> Truth(string name) =>
        Results(name).SelectMany(line => Models(line, "model_usage_since_last_result")).Concat(Unfinished(name))
            .GroupBy(model => model.Key)
            .ToDictionary(group => group.Key, group => group.Select(model => model.Value.ToTokens()).Aggregate(TokenUsage.Add));

    /// <summary>What the agent session had counted before: its first sum, without what that result says of itself.</summary>
    public static UsageBaseline? Before(string name)
    {
        if (Results(name).FirstOrDefault() is not { ValueKind: JsonValueKind.Object } first)
        {
            return null;
        }

        var since = Models(first, "model_usage_since_last_result");
        return new UsageBaseline(
            first.Text("session_id")!,
            "2.1.330",
            Models(first, "modelUsage").ToDictionary(
                model => model.Key, model => model.Value.Minus(since.GetValueOrDefault(model.Key))));
    }

    private static IEnumerable<JsonElement> Results(string name) => Lines(name).Where(line => line.Text("type") == "result");

    private static Dictionary<string, UsageCounts> Models(JsonElement line, string member) =>
        (line.Object(member)?.EnumerateObject().ToArray() ?? [])
            .ToDictionary(model => model.Name, model => UsageCounts.FromResult(model.Value));

    private static IEnumerable<KeyValuePair<string, UsageCounts>> Unfinished(string name) =>
        Lines(name).Reverse().TakeWhile(line => line.Text("type") != "result")
            .Where(line => line.Text("type") == "assistant")
            .Select(line => line.Object("message")!.Value)
            .DistinctBy(message => message.Text("id"))
            .Select(message => KeyValuePair.Create(message.Text("model")!, UsageCounts.FromApi(message.Object("usage"))));
}
