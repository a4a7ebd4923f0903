using Microsoft.Data.Sqlite;

namespace Colloquy.Silo.Storage.Sqlite;

/// <summary>One connection and its prepared commands, which are kept for its lifetime. For one thread at a time.</summary>
internal sealed class StoreConnection : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, SqliteCommand> _commands = new(StringComparer.Ordinal);

    private StoreConnection(SqliteConnection connection) => _connection = connection;

    /// <summary>Set while each write of a group runs in a savepoint of its own.</summary>
    public bool Isolating { get; set; }

    /// <exception cref="SqliteException">The file cannot be opened, or is no database.</exception>
    public static StoreConnection OpenForWriting(string file)
    {
        // FULL: a commit returns when its WAL frames are on the disk. A checkpoint runs inside some commit; every
        // 4000 pages (16 MiB) it is rare enough. The journal is cut back after a burst.
        return Open(file, SqliteOpenMode.ReadWriteCreate, """
            PRAGMA synchronous = FULL;
            PRAGMA foreign_keys = ON;
            PRAGMA wal_autocheckpoint = 4000;
            PRAGMA journal_size_limit = 67108864;
            PRAGMA cache_size = -32768;
            PRAGMA temp_store = MEMORY;
            """);
    }

    /// <exception cref="SqliteException">The file cannot be opened.</exception>
    public static StoreConnection OpenForReading(string file) =>
        Open(file, SqliteOpenMode.ReadOnly, "PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY;");

    private static StoreConnection Open(string file, SqliteOpenMode mode, string settings)
    {
        // The library's own pool would hand a connection with a half-finished transaction to the next user.
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = file,
            Mode = mode,
            Pooling = false,
            DefaultTimeout = 5,
        }.ToString());
        try
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA busy_timeout = 5000;" + settings;
            command.ExecuteNonQuery();
            return new StoreConnection(connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <returns>The number of rows changed.</returns>
    public int Execute(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters) =>
        Bind(sql, parameters).ExecuteNonQuery();

    public SqliteDataReader Query(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters) =>
        Bind(sql, parameters).ExecuteReader();

    public long QueryNumber(string sql, params ReadOnlySpan<(string Name, object? Value)> parameters) =>
        (long)Bind(sql, parameters).ExecuteScalar()!;

    /// <summary>Runs several statements once, without keeping them.</summary>
    public void ExecuteScript(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Undoes what <paramref name="work"/> wrote if it fails by its own fault, so that others can go on.</summary>
    public T InSavepoint<T>(Func<T> work)
    {
        Execute("SAVEPOINT work");
        try
        {
            var result = work();
            Execute("RELEASE work");
            return result;
        }
        catch (Exception error) when (SqliteErrors.IsFaultOfOneWrite(error))
        {
            Execute("ROLLBACK TO work");
            Execute("RELEASE work");
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var command in _commands.Values)
        {
            command.Dispose();
        }

        _connection.Dispose();
    }

    // Each SQL text belongs to one call site, so its parameters always come in the same order.
    private SqliteCommand Bind(string sql, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        if (!_commands.TryGetValue(sql, out var command))
        {
            command = Prepare(sql, parameters);
            _commands.Add(sql, command);
        }

        for (var i = 0; i < parameters.Length; i++)
        {
            command.Parameters[i].Value = parameters[i].Value ?? DBNull.Value;
        }

        return command;
    }

#pragma warning disable CA2100 // every text is a constant of this folder; values are always parameters
    private SqliteCommand Prepare(string sql, ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        }

        command.Prepare();
        return command;
    }
#pragma warning restore CA2100
}
