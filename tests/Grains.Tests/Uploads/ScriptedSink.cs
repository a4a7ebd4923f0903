using System.Collections.Concurrent;
using System.Text.Json;
using Colloquy.Grains.Tracing;
using Colloquy.Grains.Uploads;

namespace Colloquy.Grains.Tests.Uploads;

/// <summary>Remembers what it was sent, and does with it what the test says.</summary>
internal sealed class ScriptedSink(TimeProvider time) : ITraceSink
{
    private int _concurrent;

    public string Destination => "local";

    public ConcurrentQueue<(string Turn, DateTimeOffset At, string Spans)> Sent { get; } = [];

    public int MostConcurrent { get; private set; }

    /// <summary>What becomes of the turn with this id: complete, fail, or hang.</summary>
    public Func<string, CancellationToken, Task> Answer { get; set; } = (_, _) => Task.CompletedTask;

    public async Task SendAsync(IReadOnlyList<TraceSpan> spans, CancellationToken cancellationToken)
    {
        var turn = spans[0].Metadata[SpanMetadata.TurnId];
        MostConcurrent = Math.Max(MostConcurrent, Interlocked.Increment(ref _concurrent));
        try
        {
            Sent.Enqueue((turn, time.GetUtcNow(), JsonSerializer.Serialize(spans)));
            await Answer(turn, cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _concurrent);
        }
    }
}
