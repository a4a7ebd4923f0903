using Colloquy.Sessions;
using Microsoft.AspNetCore.Mvc;

namespace Colloquy.Web.Sessions;

/// <summary>The session that a route names.</summary>
internal readonly record struct SessionRoute([property: FromRoute(Name = "session_id")] string SessionId)
{
    /// <exception cref="SessionNotFoundException">It is not even an id, so there cannot be such a session.</exception>
    public SessionId Id => Colloquy.Sessions.SessionId.TryParse(SessionId, out var id)
        ? id
        : throw new SessionNotFoundException(SessionId);
}
