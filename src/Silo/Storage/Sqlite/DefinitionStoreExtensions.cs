using Colloquy.Grains.Definitions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Colloquy.Silo.Storage.Sqlite;

public static class DefinitionStoreExtensions
{
    // Not the name of a package: Orleans loads Microsoft.Data.Sqlite for it.
    private const string Invariant = "System.Data.SQLite";

    /// <summary>
    /// Keeps agents and environments in one SQLite file, which is made if it does not exist; Orleans' own provider
    /// reads and writes it, so that another database is another provider.
    /// </summary>
    public static ISiloBuilder AddSqliteDefinitions(this ISiloBuilder silo, string databaseFile)
    {
        silo.Services.AddSingleton(_ => DefinitionDatabase.Open(databaseFile));
        return silo.AddAdoNetGrainStorage(DefinitionStorage.Name, (OptionsBuilder<AdoNetGrainStorageOptions> storage) =>
            storage.Configure<DefinitionDatabase>((options, database) =>
            {
                options.Invariant = Invariant;
                options.ConnectionString = database.ConnectionString;
                options.GrainStorageSerializer = new DefinitionSerializer();
                options.DeleteStateOnClear = true;
            }));
    }
}
