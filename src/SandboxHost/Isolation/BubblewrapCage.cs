using System.Collections.Concurrent;
using System.ComponentModel;
using Colloquy.SandboxHost.Limits;
using Colloquy.SandboxHost.Linux;

namespace Colloquy.SandboxHost.Isolation;

/// <summary>A sandbox in its own namespaces, set up by bubblewrap.</summary>
internal sealed class BubblewrapCage : ICage
{
    private readonly ConcurrentDictionary<Entrance, Task> _entered = new();
    private readonly ForeignProcess _init;
    private readonly Namespaces _namespaces;
    private readonly EntrySettings _entry;
    private readonly WaitingRoom _waiting;

    private BubblewrapCage(
        ProcessIdentity identity,
        ForeignProcess init,
        Namespaces namespaces,
        Task bubblewrapEnded,
        EntrySettings entry)
    {
        Init = identity;
        _init = init;
        _namespaces = namespaces;
        _entry = entry;
        Files = new CageFiles(namespaces.Root, Home);
        _waiting = new WaitingRoom(OpenEntranceAsync);
        Ended = EndAsync(bubblewrapEnded);
    }

    public ProcessIdentity? Init { get; }

    public string Home => BubblewrapArguments.Home;

    public CageFiles Files { get; }

    public ProcessFolders Processes => _entry.Folders;

    public Namespaces Namespaces => _namespaces;

    public Task Ended { get; }

    /// <param name="etc">The host's folder with its own files of <c>/etc</c>.</param>
    /// <param name="mounts">Read-only folders beyond the usual: where inside, and which of the host.</param>
    /// <exception cref="InvalidOperationException">Bubblewrap failed; the message says with what.</exception>
    internal static async Task<BubblewrapCage> CreateAsync(
        SandboxFolder folder, string etc, IReadOnlyDictionary<string, string> mounts, EntrySettings entry)
    {
        using Pipe info = new(), ready = new();
        var bubblewrap = Start(folder, BubblewrapArguments.Build(folder, etc, mounts), entry.Limits, info, ready);
        await using Stream infos = info.TakeReader(), readies = ready.TakeReader();
        info.Dispose();
        ready.Dispose();

        var initPid = await BubblewrapInfo.ReadChildPidAsync(infos);
        if (initPid is null || await readies.ReadAsync(new byte[16]) == 0)
        {
            var status = await bubblewrap.Exited;
            throw new InvalidOperationException(
                $"Bubblewrap could not make a sandbox ({status}): {BubblewrapInfo.ReadErrors(folder)}");
        }

        if (ProcessIdentity.Of(initPid.Value) is { } init && Take(init, bubblewrap.Exited, entry) is { } cage) return cage;
        await bubblewrap.Exited;
        throw new InvalidOperationException("The sandbox ended as soon as it was made.");
    }

    /// <summary>Takes over a sandbox that an earlier server has made.</summary>
    /// <returns>Null if it has ended.</returns>
    internal static BubblewrapCage? Adopt(ProcessIdentity init, EntrySettings entry) => Take(init, Task.CompletedTask, entry);

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
        catch (SandboxFullException)
        {
            return true;
        }
    }

    public Task KillAsync()
    {
        // Once its first process is killed, the kernel kills every other in the pid namespace, and tells of the first
        // one's end only after the last of them.
        _init.Kill();
        return Ended;
    }

    public async Task LeaveAsync()
    {
        _init.Leave();
        await CloseAsync();
    }

    private async Task<Entrance> OpenEntranceAsync()
    {
        if (!_namespaces.TryUse()) throw new SandboxGoneException();
        try
        {
            var entrance = await Entrance.OpenAsync(_entry, _namespaces.Descriptors);
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

    private static Child Start(SandboxFolder folder, IReadOnlyList<string> view, CageLimits limits, Pipe info, Pipe ready)
    {
        // It outlives this server, so it gets nothing that ends with it, except for what it closes once it has started.
        using var errors = File.OpenHandle(folder.Errors, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        var (program, arguments) = limits.Cgroup.Enter(Tools.Bubblewrap, view);
        return Child.Start(
            program,
            arguments,
            [SandboxEnvironment.Mark(folder.SandboxId)],
            [NoInput.Fd, NoInput.Fd, (int)errors.DangerousGetHandle(), info.WriteFd, ready.WriteFd]);
    }

    private static BubblewrapCage? Take(ProcessIdentity identity, Task bubblewrapEnded, EntrySettings entry)
    {
        var init = ForeignProcess.Find(identity);
        if (init is null) return null;
        try
        {
            return new BubblewrapCage(identity, init, new Namespaces(identity.Pid), bubblewrapEnded, entry);
        }
        catch (Win32Exception) when (!identity.IsRunning)
        {
            return null;
        }
    }

    private async Task EndAsync(Task bubblewrapEnded)
    {
        // Bubblewrap tells at once that the first process has ended. Of an earlier server's we hear nothing, and if
        // something has killed bubblewrap, the first process runs on.
        await bubblewrapEnded;
        await _init.WaitAsync();
        // Everything inside is dead. What is left are the shims on this side, which end with theirs.
        await CloseAsync();
        await Task.WhenAll(_entered.Values);
    }

    private Task CloseAsync()
    {
        _waiting.Close();
        return _namespaces.CloseAsync();
    }
}
