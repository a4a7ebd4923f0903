using Colloquy.Agents;
using Colloquy.Definitions;
using Colloquy.Environments;
using Colloquy.Grains.Agents;
using Colloquy.Silo.Storage;
using Colloquy.Silo.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Orleans.Storage;
using Xunit;

namespace Colloquy.Tests.Storage.Sqlite;

/// <summary>Our SQL under Orleans' own provider, and the grains on top of it.</summary>
public sealed class DefinitionStorageTests : IAsyncLifetime
{
    private const string Name = "agent";

    private static readonly AgentDefinition Draft = new("", 0, "Helper", AgentRuntime.Offline, "offline-1") { System = "one" };

    private readonly TempFolder _folder = new();
    private DefinitionServer _server = null!;

    private string File => _folder.File("definitions.db");

    public async ValueTask InitializeAsync() => _server = await DefinitionServer.StartAsync(File);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Definitions_are_there_after_deactivation_and_after_a_restart()
    {
        var created = await Agent().CreateAsync(Draft);
        await Agent().UpdateAsync(created with { System = "two" });
        await _server.DeactivateAllAsync();
        Assert.Equal("two", (await Agent().GetAsync(null)).System);

        await RestartAsync();

        Assert.Equal(["two", "one"], (await Agent().ListVersionsAsync(null, 10)).Select(agent => agent.System));
        Assert.Equal(["agent_1"], (await ListAsync(1)).Ids);
    }

    [Fact]
    public async Task Many_writes_in_a_row_count_up()
    {
        var agent = await Agent().CreateAsync(Draft);
        for (var n = 0; n < 50; n++)
        {
            agent = await Agent().UpdateAsync(agent with { System = $"{n}" });
        }

        await RestartAsync();

        Assert.Equal((51, "49"), ((await Agent().GetAsync(null)).Version, (await Agent().GetAsync(null)).System));
        Assert.Equal(51, Number("SELECT version FROM grain_states WHERE key = 'agent_1'"));
    }

    [Fact]
    public async Task Creates_at_once_are_all_listed()
    {
        var ids = Enumerable.Range(0, 32).Select(n => $"agent_n{n}").ToList();

        await Task.WhenAll(ids.Select(id => Agent(id).CreateAsync(Draft)));
        await RestartAsync();

        Assert.Equal(ids.Order(), (await ListAsync(32)).Ids.Order());
    }

    [Fact]
    public async Task Deleted_environment_leaves_nothing_and_can_be_made_again()
    {
        var environment = _server.Grains.GetGrain<IEnvironmentGrain>("env_1");
        await environment.CreateAsync(new EnvironmentDefinition("", "Lab"));
        await environment.DeleteAsync();

        Assert.Equal(0, Number("SELECT COUNT(*) FROM grain_states WHERE key = 'env_1'"));
        await Assert.ThrowsAsync<DefinitionNotFoundException>(environment.GetAsync);
        Assert.Equal("Other", (await environment.CreateAsync(new EnvironmentDefinition("", "Other"))).Name);
    }

    [Fact]
    public async Task Only_one_of_several_first_writers_wins()
    {
        foreach (var round in Enumerable.Range(0, 10))
        {
            var outcomes = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => Task.Run(() => TryWriteAsync($"agent_r{round}", New($"{n}")))));

            Assert.Single(outcomes, won => won);
        }

        Assert.Equal(10, Number("SELECT COUNT(*) FROM grain_states"));
    }

    [Fact]
    public async Task Writer_with_an_old_version_or_none_is_told_and_changes_nothing()
    {
        var stale = New("first");
        Assert.True(await TryWriteAsync("agent_1", stale));
        var current = await ReadAsync("agent_1");
        current.State = new AgentState { CreateHash = "second" };
        Assert.True(await TryWriteAsync("agent_1", current));

        Assert.False(await TryWriteAsync("agent_1", stale));
        Assert.False(await TryWriteAsync("agent_1", New("third")));
        await Assert.ThrowsAsync<InconsistentStateException>(() => _server.Storage.ClearStateAsync(Name, Key("agent_1"), stale));

        var read = await ReadAsync("agent_1");
        Assert.Equal(("second", "2"), (read.State!.CreateHash, read.ETag));
    }

    [Fact]
    public async Task Writer_whose_row_was_deleted_does_not_bring_it_back()
    {
        var state = New("first");
        await TryWriteAsync("agent_1", state);
        var stale = await ReadAsync("agent_1");
        await _server.Storage.ClearStateAsync(Name, Key("agent_1"), state);

        Assert.False(await TryWriteAsync("agent_1", stale));
        Assert.False((await ReadAsync("agent_1")).RecordExists);
    }

    [Fact]
    public async Task Locked_file_costs_the_writes_of_that_time_only()
    {
        var created = await Agent().CreateAsync(Draft);
        using (var other = Connect())
        {
            Execute(other, "BEGIN IMMEDIATE");
            await Assert.ThrowsAsync<DefinitionNotConfirmedException>(() => Agent().UpdateAsync(created with { System = "two" }));
        }

        var updated = await Agent().UpdateAsync(created with { System = "three" });

        Assert.Equal((2, "three"), (updated.Version, updated.System));
    }

    [Fact]
    public async Task Activation_that_lost_to_another_writer_reads_again()
    {
        var created = await Agent().CreateAsync(Draft);
        var other = await ReadAsync("agent_1");
        other.State = other.State! with { ArchivedAt = DateTimeOffset.UnixEpoch };
        await TryWriteAsync("agent_1", other);

        await Assert.ThrowsAsync<DefinitionNotConfirmedException>(() => Agent().UpdateAsync(created with { System = "two" }));

        Assert.Equal((1, DateTimeOffset.UnixEpoch), ((await Agent().GetAsync(null)).Version, (await Agent().GetAsync(null)).ArchivedAt));
    }

    [Fact]
    public async Task File_is_durable_and_says_whose_it_is()
    {
        await Agent().CreateAsync(Draft);

        Assert.Equal(2, Number("SELECT synchronous FROM pragma_synchronous"));
        Assert.Equal("wal", Text("SELECT journal_mode FROM pragma_journal_mode"));
        Assert.Contains("\"system\":\"one\"", Text("SELECT CAST(payload AS TEXT) FROM grain_states WHERE key = 'agent_1'"), StringComparison.Ordinal);
        Assert.Equal(DefinitionSchema.Steps.Count, Number("SELECT user_version FROM pragma_user_version"));
    }

    [Fact]
    public void File_of_another_program_is_refused()
    {
        var foreign = _folder.File("foreign.db");
        using (var connection = new SqliteConnection($"Data Source={foreign};Pooling=False"))
        {
            connection.Open();
            Execute(connection, "CREATE TABLE theirs (x)");
        }

        Assert.Throws<StoreUnavailableException>(() => DefinitionDatabase.Open(foreign));
    }

    private IAgentGrain Agent(string id = "agent_1") => _server.Grains.GetGrain<IAgentGrain>(id);

    private Task<DirectoryPage> ListAsync(int limit) =>
        _server.Grains.GetGrain<IDefinitionDirectoryGrain>(DirectoryKey.Agents).ListAsync(new DirectoryQuery(Limit: limit));

    private async Task RestartAsync()
    {
        await _server.DisposeAsync();
        _server = await DefinitionServer.StartAsync(File);
    }

    private async Task<bool> TryWriteAsync(string id, GrainState<AgentState> state)
    {
        try
        {
            await _server.Storage.WriteStateAsync(Name, Key(id), state);
            return true;
        }
        catch (InconsistentStateException)
        {
            return false;
        }
    }

    private async Task<GrainState<AgentState>> ReadAsync(string id)
    {
        var state = new GrainState<AgentState>();
        await _server.Storage.ReadStateAsync(Name, Key(id), state);
        return state;
    }

    private static GrainState<AgentState> New(string hash) => new(new AgentState { CreateHash = hash });

    private static GrainId Key(string id) => GrainId.Create("agent", id);

    private long Number(string sql) => (long)Scalar(sql)!;

    private string Text(string sql) => (string)Scalar(sql)!;

    private object? Scalar(string sql)
    {
        using var connection = Connect();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // constants of this file
        command.CommandText = sql;
#pragma warning restore CA2100
        return command.ExecuteScalar();
    }

    private SqliteConnection Connect()
    {
        var connection = new SqliteConnection(_server.ConnectionString);
        connection.Open();
        return connection;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // constants of this file
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
