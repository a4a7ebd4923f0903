using Colloquy.Cli.Api;
using Colloquy.Errors;
using Colloquy.Sessions;

namespace Colloquy.Cli.Turns;

/// <summary>Folds the events of one turn into its result. Events of other turns are not its concern.</summary>
internal sealed class TurnFold(string sessionId, string turnId)
{
    private readonly List<string> _answer = [];
    private TurnError? _error;

    /// <summary>The turn has begun, so an interrupt would reach it and no other.</summary>
    public bool Running { get; private set; }

    /// <summary>Null until the turn has ended.</summary>
    public TurnResult? Result { get; private set; }

    /// <returns>True if the event belongs to the turn.</returns>
    public bool Add(ApiEvent item)
    {
        if (item.TurnId != turnId)
        {
            return false;
        }

        switch (item.Body)
        {
            case StatusRunning:
                Running = true;
                break;
            case AgentToolUse:
                // What was said before a tool call is on the way to the answer, not the answer.
                _answer.Clear();
                break;
            case AgentMessage message:
                _answer.Add(message.Text);
                break;
            case SessionErrorEvent failure:
                _error = failure.Error;
                break;
            case StatusIdle idle:
                Running = false;
                Result = new TurnResult(sessionId, string.Join('\n', _answer), _error, idle, item.Sequence);
                break;
        }

        return true;
    }
}
