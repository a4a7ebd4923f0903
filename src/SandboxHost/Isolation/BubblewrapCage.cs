using System.Collections.Concurrent;
using System.ComponentModel;
using Colloquy.SandboxHost.Linux;
using Microsoft.Win32.SafeHandles;

namespace Colloquy.SandboxHost.Isolation;

/// <summary>A sandbox in its own namespaces, set up by bubblewrap and entered with nsenter.</summary>
internal sealed class BubblewrapCage : ICage
{
    private readonly ConcurrentDictionary<Entrance, Task> _entered = new();
    private readonly SafeFileHandle _init;
    private readonly Namespaces _namespaces;
    private readonly IReadOnlyList<string> _enter;
    private readonly IReadOnlyList<string> _environment;
    private readonly WaitingRoom _waiting;

    private BubblewrapCage(SafeFileHandle init, int initPid, Namespaces namespaces, Task ended, IReadOnlyList<string> environment)
    {
        _init = init;
        _namespaces = namespaces;
        _environment = environment;
        _enter =
        [
            .. namespaces.EnterArguments(), "--preserve-credentials", "--",
            Tools.SetPriv, "--no-new-privs", "--inh-caps=-all", EntryScript.Shell, "-c", EntryScript.Text,
        ];
        InitPid = initPid;
        Files = new CageFiles(namespaces.Root, Home);
        _waiting = new WaitingRoom(OpenEntranceAsync);
        Ended = EndAsync(ended);
    }

    internal int InitPid { get; }

    public string Home => BubblewrapArguments.Home;

    public CageFiles Files { get; }

    public Namespaces Namespaces => _namespaces;

    public Task Ended { get; }

    /// <param name="environment">What every command gets, as <c>NAME=value</c>. Seen by nsenter on the host too.</param>
    /// <exception cref="InvalidOperationException">Bubblewrap failed; the message says with what.</exception>
    internal static async Task<BubblewrapCage> CreateAsync(
        SpawnThread spawner, IReadOnlyList<string> arguments, IReadOnlyList<string> environment)
    {
        using Pipe output = new(), error = new(), info = new();
        var bubblewrap = await spawner.InvokeAsync(() => Child.Start(
            Tools.Bubblewrap, arguments, [], [NoInput.Fd, output.WriteFd, error.WriteFd, info.WriteFd]));
        await using Stream ready = output.TakeReader(), errors = error.TakeReader(), infos = info.TakeReader();
        output.Dispose();
        error.Dispose();
        info.Dispose();

        var initPid = await BubblewrapInfo.ReadChildPidAsync(infos);
        if (initPid is null || await ready.ReadAsync(new byte[16]) == 0)
        {
            var status = await bubblewrap.Exited;
            throw new InvalidOperationException(
                $"Bubblewrap could not make a sandbox ({status}): {await BubblewrapInfo.ReadErrorAsync(errors)}");
        }

        return Take(initPid.Value, bubblewrap.Exited, environment);
    }

    public void Prepare() => _waiting.Refill();

    public Task<Entrance> EnterAsync() => _waiting.TakeAsync();

    public async Task<bool> IsAliveAsync()
    {
        try
        {
            // The kernel lets nobody into a pid namespace whose end has begun.
            using (await OpenEntranceAsync()) return true;
        }
        catch (SandboxGoneException)
        {
            return false;
        }
    }

    public async Task SignalAsync(int pid, int signal)
    {
        using var shell = await EnterAsync();
        await shell.RunAsync(EntryScript.Line("/", [], [EntryScript.Shell, "-c", $"kill -{signal} {pid} 2>/dev/null"]));
        await shell.Exited;
    }

    public Task KillAsync()
    {
        // Once its first process is killed, the kernel kills every other in the pid namespace; bubblewrap, which
        // waits for that process, ends after the last of them.
        try
        {
            _ = LibC.PidfdSendSignal(_init, LibC.SIGKILL);
        }
        catch (ObjectDisposedException)
        {
            // It has ended already.
        }

        return Ended;
    }

    private async Task<Entrance> OpenEntranceAsync()
    {
        if (!_namespaces.TryUse()) throw new SandboxGoneException();
        try
        {
            var entrance = await Entrance.OpenAsync(Tools.NsEnter, _enter, _environment);
            _entered[entrance] = entrance.Exited;
            _ = ForgetAsync(entrance);
            return entrance;
        }
        finally
        {
            _namespaces.Leave();
        }
    }

    private async Task ForgetAsync(Entrance entrance)
    {
        await entrance.Exited;
        _entered.TryRemove(entrance, out _);
    }

    private static BubblewrapCage Take(int initPid, Task exited, IReadOnlyList<string> environment)
    {
        var init = ProcessTable.Open(initPid);
        try
        {
            var namespaces = new Namespaces(initPid);
            if (init is not null && !exited.IsCompleted)
                return new BubblewrapCage(init, initPid, namespaces, exited, environment);
            _ = namespaces.CloseAsync();
        }
        catch (Win32Exception) when (exited.IsCompleted)
        {
            // It ended just now; said below.
        }

        init?.Dispose();
        throw new InvalidOperationException("The sandbox ended as soon as it was made.");
    }

    private async Task EndAsync(Task exited)
    {
        await exited;
        // Everything inside is dead. What is left are the halves of nsenter on this side, which end with theirs.
        _waiting.Close();
        await _namespaces.CloseAsync();
        await Task.WhenAll(_entered.Values);
        _init.Dispose();
    }
}
