using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Limits;
using Colloquy.SandboxHost.Linux;
using Colloquy.SandboxHost.Processes;
using Colloquy.SandboxHost.Templates;

namespace Colloquy.SandboxHost.Tests.Support;

/// <summary>A sandbox without a server.</summary>
internal sealed class TestCage : IAsyncDisposable
{
    private readonly SandboxFolder _folder;
    private readonly string _parent;
    private readonly ICage _cage;
    private readonly TimeProvider _time;

    private TestCage(string parent, SandboxFolder folder, ICage cage, TimeProvider time)
    {
        (_parent, _folder, _cage, _time) = (parent, folder, cage, time);
        Lists.Add(new ProcessList(cage, new Dictionary<string, string>(), time));
    }

    /// <summary>The first list of its processes, and those that followed.</summary>
    internal List<ProcessList> Lists { get; } = [];

    internal ProcessList Processes => Lists[0];

    internal string Home => _folder.Home;

    internal string ProcessesFolder => _folder.Processes;

    /// <summary>The folders of commands.</summary>
    internal IEnumerable<string> Started =>
        Directory.EnumerateDirectories(ProcessesFolder).Where(folder => File.Exists(Path.Combine(folder, "process.json")));

    internal static async Task<TestCage> CreateAsync(IsolationMode isolation, TimeProvider? time = null)
    {
        var parent = Directory.CreateTempSubdirectory("sandboxhost-").FullName;
        var folder = new SandboxFolder(Path.Combine(parent, "i" + Path.GetFileName(parent)));
        folder.Prepare();
        Deadline.Write(folder.Deadline, TimeSpan.FromMinutes(5));
        var environment = SandboxEnvironment.Of(folder.SandboxId, Template.Base, new Dictionary<string, string>());
        ICage cage = isolation == IsolationMode.None
            ? new OpenCage(folder, environment)
            : await BubblewrapCage.CreateAsync(
                folder,
                SandboxEtc.Write(parent),
                Template.Base.Mounts,
                EntrySettings.Of(folder, BubblewrapArguments.Home, environment, CageLimits.None));
        return new TestCage(parent, folder, cage, time ?? TimeProvider.System);
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
        Directory.Delete(_parent, recursive: true);
    }

    private sealed class SameCage(ICage cage, ProcessFolders processes) : ICage
    {
        public string Home => cage.Home;

        public CageFiles Files => cage.Files;

        public ProcessFolders Processes => processes;

        public ProcessIdentity? Init => cage.Init;

        public Namespaces? Namespaces => cage.Namespaces;

        public Task Ended => cage.Ended;

        public void Prepare() => cage.Prepare();

        public Task<Entrance> EnterAsync() => cage.EnterAsync();

        public Task<bool> IsAliveAsync() => cage.IsAliveAsync();

        public Task KillAsync() => cage.KillAsync();

        public Task LeaveAsync() => cage.LeaveAsync();
    }
}
