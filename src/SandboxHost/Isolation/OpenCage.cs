using System.Collections.Concurrent;
using Colloquy.SandboxHost.Linux;
using Microsoft.Win32.SafeHandles;

namespace Colloquy.SandboxHost.Isolation;

/// <summary>
/// A sandbox in name only: a home folder, and a mark in the environment of its processes by which all of them are
/// found and killed with it.
/// </summary>
#pragma warning disable CA1001 // KillAsync is its end, as of every cage
internal sealed class OpenCage : ICage
#pragma warning restore CA1001
{
    /// <summary>What callers call the home folder; paths below it are served from the real one.</summary>
    private const string PublicHome = BubblewrapArguments.Home;

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<int, Entrance> _entered = new();
    private readonly SafeFileHandle _root;
    private readonly string _mark;
    private readonly IReadOnlyList<string> _environment;

    internal OpenCage(string home, string mark, IReadOnlyList<string> environment)
    {
        Home = home;
        _mark = mark;
        _environment = environment;
        var fd = LibC.open(home, LibC.O_PATH | LibC.O_DIRECTORY | LibC.O_CLOEXEC, 0);
        _root = new SafeFileHandle(fd, ownsHandle: true);
        Files = new CageFiles(_root, PublicHome, PublicHome);
    }

    public string Home { get; }

    public CageFiles Files { get; }

    public Namespaces? Namespaces => null;

    public Task Ended => _ended.Task;

    public void Prepare()
    {
        // Nothing has to be entered.
    }

    public async Task<Entrance> EnterAsync()
    {
        if (Ended.IsCompleted) throw new SandboxGoneException();
        var entrance = await Entrance.OpenAsync(EntryScript.Shell, ["-c", EntryScript.Text], _environment);
        _entered[entrance.Pid] = entrance;
        _ = ForgetAsync(entrance);
        return entrance;
    }

    public Task<bool> IsAliveAsync() => Task.FromResult(!Ended.IsCompleted);

    public Task SignalAsync(int pid, int signal)
    {
        // Only children that are not reaped yet: such a pid cannot have passed to another process.
        if (_entered.TryGetValue(pid, out var entrance) && !entrance.Exited.IsCompleted) _ = LibC.kill(pid, signal);
        return Task.CompletedTask;
    }

    public async Task KillAsync()
    {
        KillMarked(_mark);
        await Task.WhenAll(_entered.Values.Select(entrance => entrance.Exited));
        _root.Dispose();
        _ended.TrySetResult();
    }

    /// <summary>Kills every process that was started with this mark, and what they start meanwhile.</summary>
    /// <returns>How many there were.</returns>
    internal static int KillMarked(string mark)
    {
        const int Rounds = 100;
        var killed = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var found = ProcessTable.WithEnvironment(mark).Count(pid => LibC.kill(pid, LibC.SIGKILL) == 0);
            if (found == 0) break;
            killed += found;
        }

        return killed;
    }

    private async Task ForgetAsync(Entrance entrance)
    {
        await entrance.Exited;
        _entered.TryRemove(entrance.Pid, out _);
    }
}
