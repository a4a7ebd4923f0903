using System.Collections.Concurrent;
using System.Threading.Channels;
using Colloquy.Models;
using Colloquy.Sessions;

namespace Colloquy.Web.Tests.Doubles;

public sealed partial class InMemorySession
{
    private readonly Channel<ModelCallEnd> _callEnds = Channel.CreateUnbounded<ModelCallEnd>();

    public ConcurrentQueue<(TurnId Turn, ModelCallStart Call)> BegunCalls { get; } = new();

    public ConcurrentQueue<ModelCallEnd> EndedCalls { get; } = new();

    public ConcurrentQueue<AgentSpan> AgentSpans { get; } = new();

    /// <summary>What its snapshots say.</summary>
    public TurnId? RunningTurn { get; set; }

    /// <summary>What happens before a beginning is stored.</summary>
    public Func<Task> BeforeBegin { get; set; } = () => Task.CompletedTask;

    /// <summary>What happens before an end is stored.</summary>
    public Func<Task> BeforeEnd { get; set; } = () => Task.CompletedTask;

    public async Task BeginModelCallAsync(TurnId turn, ModelCallStart call)
    {
        await BeforeBegin();
        BegunCalls.Enqueue((turn, call));
    }

    public async Task EndModelCallAsync(TurnId turn, ModelCallEnd call)
    {
        await BeforeEnd();
        EndedCalls.Enqueue(call);
        _callEnds.Writer.TryWrite(call);
    }

    public Task AddAgentSpansAsync(TurnId turn, IReadOnlyList<AgentSpan> spans)
    {
        foreach (var span in spans)
        {
            AgentSpans.Enqueue(span);
        }

        return Task.CompletedTask;
    }

    /// <summary>The next end that is stored.</summary>
    public ValueTask<ModelCallEnd> NextEndAsync(CancellationToken cancellationToken) =>
        _callEnds.Reader.ReadAsync(cancellationToken);
}
