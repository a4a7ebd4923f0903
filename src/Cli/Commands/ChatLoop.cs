using Colloquy.Cli.Api;
using Colloquy.Cli.Hosting;
using Colloquy.Cli.Rendering;
using Colloquy.Cli.Turns;
using Colloquy.Costs;
using Spectre.Console;

namespace Colloquy.Cli.Commands;

/// <summary>
/// Reads lines and runs a turn for each. Ctrl-C stops a running turn and not the program; pressed a second time since
/// the last line was entered, and at the prompt, it leaves. So one that comes a moment too late does no harm.
/// </summary>
internal sealed class ChatLoop : IDisposable
{
    private readonly CliContext _context;
    private readonly ServerConnection _connection;
    private readonly ColloquyClient _client;
    private readonly string? _agent;
    private readonly IDisposable _pressed;
    private readonly CancellationTokenSource _leave = new();
    private readonly Lock _lock = new();
    private SessionView? _session;
    private long _seen;
    private CancellationTokenSource? _turn;
    private bool _pressedSinceLine;

    /// <param name="session">The session to go on in; null creates one with the first line.</param>
    public ChatLoop(CliContext context, ServerConnection connection, SessionView? session, string? agent)
    {
        _context = context;
        _connection = connection;
        _client = connection.Client;
        _session = session;
        _seen = session?.LastSequence ?? 0;
        _agent = agent;
        _pressed = context.Interrupts.OnPressed(OnPressed);
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _leave.Token);
        Greet();
        while (await ReadLineAsync(either.Token) is { } line)
        {
            switch (line.Trim())
            {
                case "":
                    break;
                case "/exit" or "/quit":
                    SayGoodbye();
                    return;
                case "/help":
                    Help();
                    break;
                default:
                    await RunTurnAsync(line, either.Token);
                    break;
            }
        }

        SayGoodbye();
    }

    public void Dispose()
    {
        _pressed.Dispose();
        _leave.Dispose();
    }

    /// <returns>Null when there is nothing more to read, or the user leaves.</returns>
    private async Task<string?> ReadLineAsync(CancellationToken cancellationToken)
    {
        ShowPrompt();
        try
        {
            // Reading a terminal cannot be cancelled: the reader is left behind when the program leaves.
            var line = await Task.Run(_context.Input.ReadLine, CancellationToken.None).WaitAsync(cancellationToken);
            lock (_lock)
            {
                _pressedSinceLine = false;
            }

            return line;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private void ShowPrompt()
    {
        if (_context.Prompts)
        {
            _context.Output.Prompt("> ");
        }
    }

    private async Task RunTurnAsync(string line, CancellationToken cancellationToken)
    {
        if (!_context.Prompts)
        {
            _context.Output.Line("> " + line);
        }

        using var interrupt = new CancellationTokenSource();
        SetTurn(interrupt);
        try
        {
            _session ??= await _client.CreateSessionAsync(_agent, title: null, cancellationToken);
            await PrepareAsync(_session, interrupt.Token, cancellationToken);
            var printer = new EventPrinter(_context.Output);
            var runner = new TurnRunner(_client)
            {
                Seen = printer.Print,
                Previews = _context.Output.IsTerminal,
                Reconnecting = () =>
                {
                    printer.EndLine();
                    _context.Errors.Line("(the connection broke; going on where it was)");
                },
            };
            var result = await runner.RunAsync(_session.Id, _seen, line, timeout: null, interrupt.Token, cancellationToken);
            _seen = result.Last;
            _session = await _client.GetSessionAsync(_session.Id, cancellationToken);
            _context.Output.Line($"[in total {Total()}]", new Style(decoration: Decoration.Dim));
            _context.Output.Line();
        }
        catch (ApiErrorException exception)
        {
            // This message was refused; the conversation is as it was.
            _context.Output.Write(ErrorPanel.Of(exception.Info));
        }
        catch (AgentNotPreparedException exception)
        {
            _context.Output.Write(ErrorPanel.Of("The agent cannot be prepared", exception.Message));
        }
        catch (OperationCanceledException) when (interrupt.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // Stopped before the message was sent.
        }
        finally
        {
            SetTurn(null);
        }
    }

    private async Task PrepareAsync(SessionView session, CancellationToken interrupt, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(interrupt, cancellationToken);
        await _connection.PrepareAsync(session, what => _context.Errors.Line(what), either.Token);
    }

    private void SetTurn(CancellationTokenSource? turn)
    {
        lock (_lock)
        {
            _turn = turn;
        }
    }

    private void OnPressed()
    {
        lock (_lock)
        {
            var again = _pressedSinceLine;
            _pressedSinceLine = true;
            if (_turn is { } turn)
            {
                if (!turn.IsCancellationRequested)
                {
                    _context.Output.Line();
                    _context.Output.Line("(stopping the turn)");
                    turn.Cancel();
                }
            }
            else if (again)
            {
                _leave.Cancel();
            }
            else
            {
                _context.Output.Line();
                _context.Output.Line("(Ctrl-C again, Ctrl-D or /exit leaves)");
                ShowPrompt();
            }
        }
    }

    private void Greet()
    {
        if (!_context.Prompts)
        {
            return;
        }

        _context.Output.Line(_session is null
            ? $"A new conversation at {_client.Server.GetLeftPart(UriPartial.Authority)}."
            : $"Session {_session.Id}, {_session.Status}, after {_session.Turns} turns.");
        Help();
    }

    private void Help() =>
        _context.Output.Line("Type a message. Ctrl-C stops a turn; /exit or Ctrl-D leaves, the session stays.");

    private void SayGoodbye()
    {
        if (_session is null)
        {
            return;
        }

        _context.Output.Line();
        _context.Output.Line($"{Total()}.");
        _context.Output.Line($"Go on with: {_context.Program} chat --session {_session.Id}");
    }

    private string Total() =>
        $"{_session!.Turns} {(_session.Turns == 1 ? "turn" : "turns")}: {CostText.Short(_session.Cost ?? CostTotals.Zero)}";
}
