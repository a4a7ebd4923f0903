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

    /// <summary>What the result lines say was used, added up by model.</summary>
    public static Dictionary<string, TokenUsage> Truth(string name) =>
        Lines(name)
            .Where(line => line.Text("type") == "result")
            .SelectMany(line => line.Object("model_usage_since_last_result")?.EnumerateObject().ToArray() ?? [])
            .GroupBy(model => model.Name)
            .ToDictionary(
                group => group.Key,
                group => group
                    .Select(model => new TokenUsage(
                        model.Value.Tokens("inputTokens"),
                        model.Value.Tokens("outputTokens"),
                        model.Value.Tokens("cacheCreationEphemeral5mInputTokens"),
                        model.Value.Tokens("cacheCreationEphemeral1hInputTokens"),
                        model.Value.Tokens("cacheReadInputTokens")))
                    .Aggregate(TokenUsage.Add));
}
