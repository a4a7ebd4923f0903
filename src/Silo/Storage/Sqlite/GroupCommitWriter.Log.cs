namespace Colloquy.Silo.Storage.Sqlite;

internal sealed partial class GroupCommitWriter
{
    [LoggerMessage(1, LogLevel.Error, "A group of {Writes} writes could not be committed; its callers read again.")]
    private static partial void LogGroupFailed(ILogger logger, Exception error, int writes);

    [LoggerMessage(2, LogLevel.Error, "The database refused one write; the others of its group are not affected.")]
    private static partial void LogWriteRejected(ILogger logger, Exception error);

    [LoggerMessage(3, LogLevel.Warning, "The database did not close cleanly; the next start recovers it.")]
    private static partial void LogCloseFailed(ILogger logger, Exception error);
}
