namespace Colloquy.Silo.Storage.Sqlite;

/// <summary>
/// The tables and the steps that lead to them. <c>PRAGMA user_version</c> counts the steps a file has taken. A step
/// that has been released is never edited; a change is a further step.
/// </summary>
internal static partial class SqliteSchema
{
    // "CLQY": a file with another mark is somebody else's database.
    private const int ApplicationId = 0x434C5159;

    public static readonly IReadOnlyList<string> Steps = [Step1];

    /// <summary>Brings a file to the newest version; all of it or nothing. After an error, close the connection.</summary>
    /// <exception cref="StoreUnavailableException">The file is of a newer version or belongs to another program.</exception>
    public static void Upgrade(StoreConnection connection, string file, IReadOnlyList<string> steps)
    {
        var version = CheckVersion(connection, file, steps.Count);
        connection.ExecuteScript("PRAGMA journal_mode = WAL");
        if (version == steps.Count)
        {
            return;
        }

        connection.ExecuteScript("BEGIN IMMEDIATE");
        foreach (var step in steps.Skip(version))
        {
            connection.ExecuteScript(step);
        }

        connection.ExecuteScript(
            $"PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {steps.Count}; COMMIT;");
    }

    private static int CheckVersion(StoreConnection connection, string file, int newest)
    {
        var version = (int)connection.QueryNumber("SELECT user_version FROM pragma_user_version");
        var mark = connection.QueryNumber("SELECT application_id FROM pragma_application_id");
        var isEmpty = connection.QueryNumber("SELECT COUNT(*) FROM sqlite_schema") == 0;
        if (!isEmpty && mark != ApplicationId)
        {
            throw new StoreUnavailableException(
                $"{file} is the database of another program. Choose another data folder.");
        }

        if (version > newest)
        {
            throw new StoreUnavailableException(
                $"The store {file} has schema version {version}, written by a newer server; this one knows versions " +
                $"up to {newest}. Start the newer server, or put back the backup made before the upgrade.");
        }

        return version;
    }
}
