using System.ComponentModel;
using System.Runtime.InteropServices;
using Colloquy.SandboxHost.Linux;
using Microsoft.Win32.SafeHandles;

namespace Colloquy.SandboxHost.Isolation;

/// <summary>
/// Handles on the namespaces of one sandbox. A pid could belong to another process by the time it is used, and what
/// would then be entered is the host.
/// </summary>
internal sealed class Namespaces
{
    private static readonly (string File, string Option)[] Kinds =
    [
        ("user", "--user"), ("mnt", "--mount"), ("pid", "--pid"), ("ipc", "--ipc"), ("uts", "--uts"), ("net", "--net"),
        ("cgroup", "--cgroup"),
    ];

    private readonly SafeFileHandle[] _handles;
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _unused = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _users;
    private bool _closed;

    /// <exception cref="Win32Exception">The process is gone or not ours.</exception>
    internal Namespaces(int pid)
    {
        InitPid = pid;
        _handles = [.. Kinds.Select(kind => Open($"/proc/{pid}/ns/{kind.File}", LibC.O_RDONLY))];
        Root = Open($"/proc/{pid}/root", LibC.O_PATH | LibC.O_DIRECTORY);
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

    /// <summary>Arguments of nsenter.</summary>
    internal IEnumerable<string> EnterArguments() => Kinds.Select(kind => $"{kind.Option}={PathOf(kind.File)}");

    /// <summary>A handle as another process reaches it: through our <c>/proc</c>.</summary>
    /// <param name="kind">As in <c>/proc/PID/ns</c>.</param>
    internal string PathOf(string kind)
    {
        var handle = _handles[Array.FindIndex(Kinds, one => one.File == kind)];
        return $"/proc/{Environment.ProcessId}/fd/{handle.DangerousGetHandle()}";
    }

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

    private static SafeFileHandle Open(string path, int flags)
    {
        var fd = LibC.open(path, flags | LibC.O_CLOEXEC, 0);
        return fd >= 0
            ? new SafeFileHandle(fd, ownsHandle: true)
            : throw new Win32Exception(Marshal.GetLastPInvokeError(), $"Cannot open {path}");
    }
}
