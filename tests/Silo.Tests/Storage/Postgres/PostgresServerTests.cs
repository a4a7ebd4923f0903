using Colloquy.Postgres;
using Npgsql;
using Xunit;

namespace Colloquy.Silo.Storage.Postgres;

/// <summary>The tests' own server does what tests rely on.</summary>
public sealed class PostgresServerTests
{
    [Fact]
    public async Task Server_that_crashed_and_started_again_has_what_was_committed()
    {
        await using var server = await PostgresServer.StartAsync();
        var database = await server.CreateDatabaseAsync(withSchema: false);
        await using var source = NpgsqlDataSource.Create(database);
        await using (var write = source.CreateCommand("CREATE TABLE kept AS SELECT 17 AS number"))
        {
            await write.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        await server.RestartAsync();
        source.Clear();

        await using var read = source.CreateCommand("SELECT number FROM kept");
        Assert.Equal(17, await read.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }
}
