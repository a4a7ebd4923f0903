using Colloquy.Grains.Costs;
using Colloquy.Grains.Sessions;
using Colloquy.Grains.Uploads;
using Colloquy.Silo.Storage.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;

namespace Colloquy.Tests.Storage.Sqlite;

/// <summary>A SQLite store, in a folder of its own unless a file is given.</summary>
internal sealed class SqliteStoreUnderTest : IStoreUnderTest
{
    private readonly TempFolder? _folder;

    private SqliteStoreUnderTest(string file, TempFolder? folder, Action<StoreConnection>? beforeCommit)
    {
        _folder = folder;
        Database = SqliteDatabase.Open(file, NullLogger.Instance, beforeCommit);
        Sessions = new SqliteSessionStore(Database, NullLogger<SqliteSessionStore>.Instance);
        Ledger = new SqliteCostLedger(Database);
        Uploads = new SqliteUploadStore(Database);
    }

    public SqliteDatabase Database { get; }

    public ISessionStore Sessions { get; }

    public ICostLedger Ledger { get; }

    public IUploadStore Uploads { get; }

    public static Task<IStoreUnderTest> OpenNewAsync() => Task.FromResult<IStoreUnderTest>(OpenNew());

    public static SqliteStoreUnderTest OpenNew(Action<StoreConnection>? beforeCommit = null)
    {
        var folder = new TempFolder();
        return new SqliteStoreUnderTest(folder.File("store.db"), folder, beforeCommit);
    }

    public static SqliteStoreUnderTest Open(string file) => new(file, null, null);

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        _folder?.Dispose();
    }
}
