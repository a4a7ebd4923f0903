using Colloquy.Sessions;

namespace Colloquy.Web.ModelGateway;

/// <summary>How many requests of one session are served at once: one sandbox must not take the memory of all.</summary>
internal sealed class SessionPlaces
{
    /// <summary>An agent with helpers has about ten calls at once.</summary>
    public const int Most = 16;

    private readonly Dictionary<SessionId, int> _taken = [];
    private readonly Lock _lock = new();

    /// <returns>False if none is free. Else <see cref="Leave"/> gives it back.</returns>
    public bool TryEnter(SessionId session)
    {
        lock (_lock)
        {
            var taken = _taken.GetValueOrDefault(session);
            _taken[session] = Math.Min(taken + 1, Most);
            return taken < Most;
        }
    }

    public void Leave(SessionId session)
    {
        lock (_lock)
        {
            if (--_taken[session] == 0)
            {
                _taken.Remove(session);
            }
        }
    }
}
