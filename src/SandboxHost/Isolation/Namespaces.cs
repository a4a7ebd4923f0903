using System.ComponentModel;
using Colloquy.SandboxHost.Linux;
using Microsoft.Win32.SafeHandles;

namespace Colloquy.SandboxHost.Isolation;

/// <summary>
/// Handles on the namespaces of one sandbox. A pid could belong to another process by the time it is used, and what
/// would then be entered is the host.
/// </summary>
internal sealed class Namespaces
{
    // The user namespace first: it gives the rights to enter the others.
    private static readonly string[] Kinds = ["user", "mnt", "pid", "ipc", "uts", "net", "cgroup"];

    private readonly SafeFileHandle[] _handles;
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _unused = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _users;
    private bool _closed;

    /// <exception cref="Win32Exception">The process is gone or not ours.</exception>
    internal Namespaces(int pid)
    {
        InitPid = pid;
        _handles = [.. Kinds.Select(kind => Descriptor.Open($"/proc/{pid}/ns/{kind}", LibC.O_RDONLY))];
        Root = Descriptor.Open($"/proc/{pid}/root", LibC.O_PATH | LibC.O_DIRECTORY);
    }

    /// <summary>The host's pid of the first process inside.</summary>
    internal int InitPid { get; }

    /// <summary>The root folder as the sandbox sees it.</summary>
    internal SafeFileHandle Root { get; }

    /// <summary>
    /// Keeps the handles open until <see cref="Leave"/>. Were they closed under somebody who is about to enter,
    /// their numbers could by then stand for the namespaces of another sandbox.
    /// </summary>
    internal bool TryUse()
    {
        lock (_lock)
        {
            if (_closed) return false;
            _users++;
            return true;
        }
    }

    internal void Leave()
    {
        lock (_lock)
        {
            if (--_users == 0 && _closed) CloseAll();
        }
    }

    /// <summary>In the order in which they are to be entered; valid between <see cref="TryUse"/> and <see cref="Leave"/>.</summary>
    internal IReadOnlyList<int> Descriptors => [.. _handles.Select(handle => handle.Number())];

    /// <summary>A handle as another process reaches it: through our <c>/proc</c>.</summary>
    /// <param name="kind">As in <c>/proc/PID/ns</c>.</param>
    internal string PathOf(string kind) =>
        $"/proc/{Environment.ProcessId}/fd/{_handles[Array.IndexOf(Kinds, kind)].Number()}";

    /// <summary>Lets nobody in any more, and closes the handles once the last user has left.</summary>
    internal Task CloseAsync()
    {
        lock (_lock)
        {
            _closed = true;
            if (_users == 0) CloseAll();
        }

        return _unused.Task;
    }

    private void CloseAll()
    {
        foreach (var handle in _handles) handle.Dispose();
        Root.Dispose();
        _unused.TrySetResult();
    }
}
