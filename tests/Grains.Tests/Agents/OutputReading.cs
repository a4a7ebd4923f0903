using System.Text;
using Colloquy.Costs;
using Colloquy.Grains.Agents;
using Colloquy.Sessions;

namespace Colloquy.Grains.Tests.Agents;

internal static class OutputReading
{
    public static readonly SessionId Session = new("sesn_test");
    public static readonly TurnId Turn = new("turn_test");

    public static AgentOutputReader Reader(
        int lineLimit = AgentOutputReader.DefaultLineLimit, UsageBaseline? baseline = null) =>
        new(Session, Turn, baseline, lineLimit);

    public static List<AgentOutputEvent> ReadAll(this AgentOutputReader reader, ReadOnlySpan<byte> output)
    {
        var events = new List<AgentOutputEvent>(reader.Push(output));
        events.AddRange(reader.Complete());
        return events;
    }

    public static List<AgentOutputEvent> ReadAll(string output) => Reader().ReadAll(Encoding.UTF8.GetBytes(output));

    public static Dictionary<string, TokenUsage> Booked(this IEnumerable<AgentOutputEvent> events) =>
        events.Where(e => e.Call is not null)
            .GroupBy(e => e.Call!.Model)
            .ToDictionary(group => group.Key, group => group.Select(e => e.Call!.Tokens).Aggregate(TokenUsage.Add));

    public static IEnumerable<T> Bodies<T>(this IEnumerable<AgentOutputEvent> events) where T : EventBody =>
        events.Select(e => e.Body).OfType<T>();

    /// <summary>Everything about the events as text, for comparing them.</summary>
    public static string[] Describe(this IEnumerable<AgentOutputEvent> events) =>
        [.. events.Select(e => $"{e.EndOffset} {e.SourceKey} {Encoding.UTF8.GetString(EventJson.Write(e.Body))} {e.Call}")];
}
