using Colloquy.Cli.Api;
using Colloquy.Cli.Rendering;
using Colloquy.Cli.Turns;
using Colloquy.Costs;
using Colloquy.Sessions;

namespace Colloquy.Cli.Demo;

/// <summary>A session of a check.</summary>
internal sealed class DemoSession(DemoSetting setting, SessionView view, Action<CostTotals> spent)
{
    private long _seen = view.LastSequence;

    public string Id => view.Id;

    public bool Ended { get; private set; }

    /// <summary>The last sequence that its turns have shown.</summary>
    public long Seen => _seen;

    /// <summary>Sends a message, shows the events as they arrive, and waits for the end of the turn.</summary>
    /// <param name="show">How each event is shown; null for the way it is shown everywhere.</param>
    public async Task<DemoTurn> TurnAsync(
        string prompt, CancellationToken cancellationToken, TimeSpan? timeout = null, Action<SeenEvent>? show = null)
    {
        setting.Screen.Prompt(prompt);
        var started = setting.Time.GetTimestamp();
        var events = new List<SeenEvent>();
        var runner = new TurnRunner(setting.Client)
        {
            Seen = item =>
            {
                var seen = new SeenEvent(item, setting.Time.GetElapsedTime(started));
                events.Add(seen);
                (show ?? (shown => setting.Screen.Event(shown.Event)))(seen);
            },
        };
        var result = await runner.RunAsync(Id, _seen, prompt, timeout, interrupt: default, cancellationToken);
        _seen = result.Last;
        spent(result.Cost);
        return new DemoTurn(result, events, setting.Time.GetElapsedTime(started));
    }

    public Task<SessionView> GetAsync(CancellationToken cancellationToken) =>
        setting.Client.GetSessionAsync(Id, cancellationToken);

    public async Task EndAsync(CancellationToken cancellationToken)
    {
        await setting.Client.EndSessionAsync(Id, cancellationToken);
        Ended = true;
    }
}

/// <param name="At">When it arrived, since the message was sent.</param>
internal sealed record SeenEvent(ApiEvent Event, TimeSpan At);

/// <param name="Elapsed">From sending the message to the arrival of the turn's last event.</param>
internal sealed record DemoTurn(TurnResult Result, IReadOnlyList<SeenEvent> Events, TimeSpan Elapsed)
{
    public string Answer => Result.Answer;

    public string? SandboxId => Result.Idle.Sandbox?.SandboxId;

    public IEnumerable<AgentToolUse> ToolUses => Bodies<AgentToolUse>();

    public IEnumerable<AgentToolResult> ToolResults => Bodies<AgentToolResult>();

    /// <summary>What each tool call printed.</summary>
    public IReadOnlyList<string> Outputs => [.. ToolResults.Select(result => string.Join('\n', Texts(result)))];

    /// <summary>The last line of the answer: what a reader looks for.</summary>
    public string LastLine => Printable.Lines(Answer)[^1];

    /// <summary>Everything that tools printed, and the answer.</summary>
    public string AllText => string.Join('\n', [.. Outputs, Answer]);

    private IEnumerable<T> Bodies<T>() => Events.Select(seen => seen.Event.Body).OfType<T>();

    private static IEnumerable<string> Texts(AgentToolResult result)
    {
        string[] outputs = [result.Stdout ?? "", result.Stderr ?? ""];
        return outputs.Any(text => text.Length > 0)
            ? outputs.Where(text => text.Length > 0).Select(text => text.TrimEnd('\n'))
            : (result.Content ?? []).Select(block => block.Text);
    }
}
