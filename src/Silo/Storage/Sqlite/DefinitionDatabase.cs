using Microsoft.Data.Sqlite;

namespace Colloquy.Silo.Storage.Sqlite;

/// <summary>
/// The file of agents and environments, which Orleans reads and writes by itself.
/// <para>
/// It is not the sessions' file: Orleans runs its SQL on the threads that grains run on, and SQLite makes a second writer
/// sleep. Beside the writer of sessions, which commits all the time, a definition would hold up grains; in a file of its own
/// it waits for other definitions only, and those are written seldom.
/// </para>
/// </summary>
internal sealed class DefinitionDatabase : IDisposable
{
    // Orleans opens a connection for each operation. The library's pool would hand out one that a failure has left in
    // a strange state, so they are really opened; this one stays open, because whenever the last one is closed SQLite
    // folds the WAL into the file and deletes it.
    private readonly StoreConnection _held;

    private DefinitionDatabase(string file, StoreConnection held)
    {
        _held = held;
        ConnectionString = new SqliteConnectionStringBuilder
        {
            DataSource = file,
            Mode = SqliteOpenMode.ReadWrite,
            Pooling = false,
            DefaultTimeout = 5,
        }.ToString();
    }

    /// <summary>For Orleans: <c>synchronous=FULL</c> is the library's default, and WAL is a property of the file.</summary>
    public string ConnectionString { get; }

    /// <summary>Opens the file, or creates it with its folder, and brings it to the newest schema.</summary>
    /// <exception cref="StoreUnavailableException">It cannot be used, and why.</exception>
    public static DefinitionDatabase Open(string file)
    {
        file = Path.GetFullPath(file);
        return new DefinitionDatabase(file, SqliteDatabase.OpenUpgraded(file, DefinitionSchema.Steps));
    }

    public void Dispose() => _held.Dispose();
}
