using System.Security.Cryptography;
using System.Text;
using Colloquy.Models;
using Colloquy.Sessions;

namespace Colloquy.Grains.Sessions;

/// <summary>The spans that an agent emits itself.</summary>
public static partial class SessionMachine
{
    private const int MostAgentSpans = 500;
    private const int MostAgentSpanBytes = 256 * 1024;
    private const int RememberedBatches = 8;

    /// <summary>Keeps spans for the trace of the turn, as many as there is room for; the rest is counted.</summary>
    public static void AddAgentSpans(SessionChange change, TurnId turnId, IReadOnlyList<AgentSpan> spans)
    {
        var valid = spans.Where(span => IsSpanId(span.SpanId)).ToList();
        if (valid.Count == 0 || Current(change, turnId) is not { } turn)
        {
            return;
        }

        var sums = turn.Spans ?? TurnSpans.None;
        var batch = Fingerprint(valid);
        if (sums.Batches.Contains(batch))
        {
            return;
        }

        var kept = new List<AgentSpan>();
        var bytes = sums.Bytes;
        foreach (var span in valid)
        {
            if (sums.Kept + kept.Count >= MostAgentSpans)
            {
                break;
            }

            var size = EventJson.Write(new AgentSpans([span])).Length;
            if (bytes + size <= MostAgentSpanBytes)
            {
                kept.Add(span);
                bytes += size;
            }
        }

        if (kept.Count > 0)
        {
            change.Emit(SourceKey.AgentSpans(turnId, sums.Sent), new AgentSpans(kept), turnId);
        }

        change.State = change.State with
        {
            Turn = turn with
            {
                Spans = new TurnSpans(
                    sums.Sent + valid.Count, sums.Kept + kept.Count, bytes,
                    [.. sums.Batches.TakeLast(RememberedBatches - 1), batch]),
            },
        };
    }

    private static string Fingerprint(IEnumerable<AgentSpan> spans) => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.ASCII.GetBytes(string.Concat(spans.Select(span => span.SpanId)))).AsSpan(0, 8));

    private static bool IsSpanId(string id) => id.Length == 16 && id.All(char.IsAsciiHexDigitLower);
}
