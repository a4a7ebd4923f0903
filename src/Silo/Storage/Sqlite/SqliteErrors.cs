using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace Colloquy.Silo.Storage.Sqlite;

/// <summary>Tells the errors of SQLite apart by whose fault they are, and says them to people.</summary>
internal static class SqliteErrors
{
    /// <summary>
    /// True if an error is about one write (a constraint, a value too big, a bug in its code): the transaction around
    /// it is sound. Anything else (disk full, I/O, busy) puts the whole transaction in doubt.
    /// </summary>
    public static bool IsFaultOfOneWrite(Exception error) =>
        error is not SqliteException { SqliteErrorCode: not (SQLITE_CONSTRAINT or SQLITE_TOOBIG or SQLITE_MISMATCH) };

    public static bool IsUniqueViolation(SqliteException error) =>
        error.SqliteExtendedErrorCode == SQLITE_CONSTRAINT_UNIQUE;

    public static StoreUnavailableException CannotOpen(string file, Exception error) => new(
        $"The store {file} cannot be opened: {Reason(error)}", error);

    public static StoreUnavailableException NotConfirmed(string file, Exception error) => new(
        $"The store {file} could not confirm a write; what was stored must be read again: {Reason(error)}", error);

    private static string Reason(Exception error) => error switch
    {
        SqliteException sqlite => Reason(sqlite),
        UnauthorizedAccessException => "this user may not write there. Change the folder's permissions, or choose " +
            "another data folder.",
        _ => error.Message,
    };

    private static string Reason(SqliteException error) => error.SqliteErrorCode switch
    {
        SQLITE_NOTADB or SQLITE_CORRUPT => "the file is damaged or is not a database. Put back a backup of it, or " +
            "move it away to start with an empty store.",
        SQLITE_CANTOPEN or SQLITE_PERM or SQLITE_READONLY or SQLITE_AUTH => "the file or its folder cannot be " +
            "written. Check that the folder exists and that this user may write to it, or choose another data folder.",
        SQLITE_FULL => "the disk is full. Free some space.",
        SQLITE_BUSY or SQLITE_LOCKED => "another process holds it locked. Close that program.",
        SQLITE_IOERR => $"the disk reports an error ({error.Message}). Check the disk.",
        _ => error.Message,
    };
}
