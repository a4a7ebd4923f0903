using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Processes;

namespace Colloquy.SandboxHost.Tests.Support;

/// <summary>A sandbox without a server.</summary>
internal sealed class TestCage : IAsyncDisposable
{
    private readonly string _folder;
    private readonly SpawnThread _spawner;
    private readonly ICage _cage;
    private readonly TimeProvider _time;

    private TestCage(string folder, SpawnThread spawner, ICage cage, TimeProvider time)
    {
        (_folder, _spawner, _cage, _time) = (folder, spawner, cage, time);
        Lists.Add(new ProcessList(cage, new Dictionary<string, string>(), time));
    }

    /// <summary>The first list of its processes, and those that followed.</summary>
    internal List<ProcessList> Lists { get; } = [];

    internal ProcessList Processes => Lists[0];

    internal string Home => HomeOf(_folder);

    internal string ProcessesFolder => ProcessesOf(_folder);

    /// <summary>The folders of commands.</summary>
    internal IEnumerable<string> Started =>
        Directory.EnumerateDirectories(ProcessesFolder).Where(folder => File.Exists(Path.Combine(folder, "process.json")));

    internal static async Task<TestCage> CreateAsync(IsolationMode isolation, TimeProvider? time = null)
    {
        var folder = Directory.CreateTempSubdirectory("sandboxhost-").FullName;
        var home = Directory.CreateDirectory(HomeOf(folder)).FullName;
        var spawner = new SpawnThread();
        var id = Path.GetFileName(folder);
        ICage cage = isolation == IsolationMode.None
            ? new OpenCage(home, SandboxEnvironment.Mark(id), Settings(home))
            : await BubblewrapCage.CreateAsync(
                spawner, BubblewrapArguments.Build(home, SandboxEtc.Write(folder), 16), Settings("/home/user"));
        return new TestCage(folder, spawner, cage, time ?? TimeProvider.System);

        EntrySettings Settings(string seenHome) =>
            new(new ProcessFolders(ProcessesOf(folder)), SandboxEnvironment.Base(id, seenHome), _ => { });
    }

    /// <summary>A list as another server would have it, over the folders that are there now.</summary>
    internal ProcessList Again()
    {
        var list = new ProcessList(new SameCage(_cage, new ProcessFolders(ProcessesFolder)), new Dictionary<string, string>(), _time);
        Lists.Add(list);
        return list;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var list in Lists) list.Abandon();
        await _cage.KillAsync();
        _spawner.Dispose();
        SandboxFolder.Delete(_folder);
    }

    private static string HomeOf(string folder) => Path.Combine(folder, "home");

    private static string ProcessesOf(string folder) => Path.Combine(folder, "processes");

    private sealed class SameCage(ICage cage, ProcessFolders processes) : ICage
    {
        public string Home => cage.Home;

        public CageFiles Files => cage.Files;

        public ProcessFolders Processes => processes;

        public Task Ended => cage.Ended;

        public void Prepare() => cage.Prepare();

        public Task<Entrance> EnterAsync() => cage.EnterAsync();

        public Task<bool> IsAliveAsync() => cage.IsAliveAsync();

        public Task KillAsync() => cage.KillAsync();
    }
}
