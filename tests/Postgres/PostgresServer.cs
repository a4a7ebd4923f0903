using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Colloquy.Postgres;

/// <summary>
/// A private PostgreSQL on loopback, in a folder of its own. It ends with this program, however that ends: a guard holds the
/// other end of a pipe, and stops the server when that closes.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string Template = "colloquy_template";
    private static readonly Lazy<Task<PostgresServer>> OnlyOne = new(StartAsync);

    private readonly SemaphoreSlim _creating = new(1);
    private readonly string _folder;
    private readonly int _port;
    private readonly Process _guard;
    private bool _hasTemplate;

    private PostgresServer(string folder, int port, Process guard) => (_folder, _port, _guard) = (folder, port, guard);

    /// <summary>The one that all tests of this program share; started when it is first asked for.</summary>
    public static Task<PostgresServer> Shared() => OnlyOne.Value;

    /// <summary>One of its own, for tests that stop it.</summary>
    /// <exception cref="InvalidOperationException">It could not be started; the message has what its programs said.</exception>
    public static async Task<PostgresServer> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("colloquy-postgres-").FullName;
        if (PostgresPrograms.RunsAsRoot)
        {
            await PostgresPrograms.RunAsync("chown", ["postgres", folder]);
        }

        var port = FreePort();
        var data = Path.Combine(folder, "data");
        await PostgresPrograms.RunAsync("initdb", ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]);
        var server = new PostgresServer(folder, port, PostgresPrograms.Guard(folder, data));
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>For a database that may not exist.</summary>
    public string ConnectionString(string database) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = _port,
        Username = "postgres",
        Database = database,
    }.ConnectionString;

    /// <summary>Makes a database that nobody else has.</summary>
    /// <param name="withSchema">With the tables of the scripts in <c>deploy/sql</c>; else it is empty.</param>
    /// <returns>Its connection string.</returns>
    public async Task<string> CreateDatabaseAsync(bool withSchema = true)
    {
        await _creating.WaitAsync();
        try
        {
            if (withSchema && !_hasTemplate)
            {
                await CreateTemplateAsync();
                _hasTemplate = true;
            }

            var name = $"test_{Guid.NewGuid():N}";
            await ExecuteAsync("postgres", $"CREATE DATABASE {name} TEMPLATE {(withSchema ? Template : "template0")}");
            return ConnectionString(name);
        }
        finally
        {
            _creating.Release();
        }
    }

    /// <summary>Stops it as a crash does: nothing is finished, connections break.</summary>
    public Task StopAsync() => PostgresPrograms.RunAsync("pg_ctl", ["-D", Data, "-m", "immediate", "-w", "stop"]);

    /// <summary>Starts it where it was stopped.</summary>
    public Task StartAgainAsync() => PostgresPrograms.RunAsync(
        "pg_ctl",
        [
            "-D", Data, "-l", Path.Combine(_folder, "log"), "-w",
            "-o", $"-p {_port} -k {_folder} -c listen_addresses=127.0.0.1 -c max_connections=300", "start",
        ]);

    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAgainAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _guard.StandardInput.Close();
        await _guard.WaitForExitAsync();
        _guard.Dispose();
        _creating.Dispose();
    }

    private string Data => Path.Combine(_folder, "data");

    private async Task CreateTemplateAsync()
    {
        await ExecuteAsync("postgres", $"CREATE DATABASE {Template} TEMPLATE template0");
        foreach (var script in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "sql"), "*.sql").Order(StringComparer.Ordinal))
        {
            await ExecuteAsync(Template, await File.ReadAllTextAsync(script));
        }
    }

    private async Task ExecuteAsync(string database, string sql)
    {
        // Without a pool: a template that somebody is connected to cannot be copied.
        await using var source = NpgsqlDataSource.Create(ConnectionString(database) + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
