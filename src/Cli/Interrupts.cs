using System.Runtime.InteropServices;

namespace Colloquy.Cli;

/// <summary>
/// Ctrl-C and the wish of the system to end the program. Ctrl-C means something else in each command, so whoever is
/// interested listens; SIGTERM and a closed terminal always mean to leave.
/// </summary>
internal sealed class Interrupts : IDisposable
{
    private readonly CancellationTokenSource _terminated = new();
    private readonly List<PosixSignalRegistration> _registrations = [];

    /// <summary>Ctrl-C was pressed.</summary>
    public event Action? Pressed;

    /// <summary>The program has to end.</summary>
    public CancellationToken Terminated => _terminated.Token;

    public static Interrupts FromSystem()
    {
        var interrupts = new Interrupts();
        interrupts.Listen(PosixSignal.SIGINT, interrupts.Press);
        interrupts.Listen(PosixSignal.SIGTERM, interrupts.Terminate);
        interrupts.Listen(PosixSignal.SIGHUP, interrupts.Terminate);
        return interrupts;
    }

    public void Press() => Pressed?.Invoke();

    public void Terminate() => _terminated.Cancel();

    public IDisposable OnPressed(Action action)
    {
        Pressed += action;
        return new Subscription(() => Pressed -= action);
    }

    /// <summary>Calls <paramref name="leave"/> for Ctrl-C and for the wish to end alike.</summary>
    public IDisposable OnAny(Action leave)
    {
        var pressed = OnPressed(leave);
        var terminated = Terminated.Register(leave);
        return new Subscription(() =>
        {
            pressed.Dispose();
            terminated.Dispose();
        });
    }

    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _terminated.Dispose();
    }

    private void Listen(PosixSignal signal, Action action) =>
        _registrations.Add(PosixSignalRegistration.Create(signal, context =>
        {
            // Without this the runtime ends the process as soon as the handlers return.
            context.Cancel = true;
            action();
        }));

    private sealed class Subscription(Action dispose) : IDisposable
    {
        public void Dispose() => dispose();
    }
}
