using System.Security.Cryptography;
using System.Text;
using Colloquy.Sessions;

namespace Colloquy.Grains.Sessions;

/// <summary>W3C trace ids of turns, derived so that a turn keeps its trace whatever happens to the process.</summary>
internal static class TraceIds
{
    private const int TraceIdLength = 32;
    private const int SpanIdLength = 16;

    /// <summary>Joins the caller's trace if it sent a valid <c>traceparent</c>, else makes a new one.</summary>
    public static TraceReference ForTurn(TurnId turn, string? traceParent)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(turn.Value)));
        var spanId = hash[TraceIdLength..(TraceIdLength + SpanIdLength)];
        return System.Diagnostics.ActivityContext.TryParse(traceParent, null, out var parent)
            ? new TraceReference(parent.TraceId.ToHexString(), spanId, parent.SpanId.ToHexString())
            : new TraceReference(hash[..TraceIdLength], spanId);
    }

    /// <summary>The <c>traceparent</c> under which the agent's own spans belong.</summary>
    public static string TraceParent(TraceReference trace) => $"00-{trace.TraceId}-{trace.SpanId}-01";
}
