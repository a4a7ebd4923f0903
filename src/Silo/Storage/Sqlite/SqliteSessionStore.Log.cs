namespace Colloquy.Silo.Storage.Sqlite;

internal sealed partial class SqliteSessionStore
{
    [LoggerMessage(
        1, LogLevel.Warning,
        "Session {Session} appended event {Event} again with revision {Revision}; the change was refused.")]
    private static partial void LogKnownEvent(ILogger logger, string session, string @event, long revision);
}
