using Colloquy.Grains.Costs;
using Colloquy.Grains.Sessions;
using Colloquy.Grains.Uploads;

namespace Colloquy.Silo.Storage.Sqlite;

public static class SqliteStoreExtensions
{
    /// <summary>
    /// Keeps sessions, costs and uploads in one SQLite file, which is made if it does not exist. The file is opened
    /// when the first of the stores is resolved: resolve one before the server starts to hear of a
    /// <see cref="StoreUnavailableException"/> at once. Disposing the services writes what is queued.
    /// </summary>
    public static IServiceCollection AddSqliteStore(this IServiceCollection services, string databaseFile) => services
        .AddSingleton(provider => SqliteDatabase.Open(
            databaseFile, provider.GetRequiredService<ILogger<SqliteDatabase>>()))
        .AddSingleton<ISessionStore, SqliteSessionStore>()
        .AddSingleton<ICostLedger, SqliteCostLedger>()
        .AddSingleton<IUploadStore, SqliteUploadStore>();
}
