using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Colloquy.SandboxHost.Linux;

/// <summary>
/// A child process with exactly the descriptors, environment and session it is given. <c>Process</c> passes no
/// descriptor but the standard three and cannot tell exit code 137 from SIGKILL.
/// </summary>
internal sealed class Child
{
    private const short SetSigDefault = 0x04, SetSigMask = 0x08, SetSid = 0x80;

    // Once: whatever this process opens by itself is close-on-exec already.
    static Child() => Descriptor.KeepInherited();

    private Child(int pid)
    {
        Pid = pid;
        Exited = ChildReaper.Watch(pid);
    }

    internal int Pid { get; }

    internal Task<ExitStatus> Exited { get; }

    /// <param name="descriptors">The child's descriptor <c>i</c> is a duplicate of <c>descriptors[i]</c>.</param>
    /// <exception cref="Win32Exception">The program cannot be started.</exception>
    internal static unsafe Child Start(
        string path, IReadOnlyList<string> arguments, IReadOnlyList<string> environment, ReadOnlySpan<int> descriptors)
    {
        ChildReaper.Listen();
        var actions = stackalloc byte[512];
        var attributes = stackalloc byte[1024];
        _ = LibC.posix_spawn_file_actions_init(actions);
        for (var i = 0; i < descriptors.Length; i++)
            _ = LibC.posix_spawn_file_actions_adddup2(actions, descriptors[i], i);
        OwnSessionAndPlainSignals(attributes);
        using var argv = new NativeStrings([path, .. arguments]);
        using var envp = new NativeStrings(environment);
        try
        {
            var error = LibC.posix_spawn(out var pid, path, actions, attributes, argv.Pointer, envp.Pointer);
            return error == 0
                ? new Child(pid)
                : throw new Win32Exception(error, $"Cannot start {path}: {Marshal.GetPInvokeErrorMessage(error)}");
        }
        finally
        {
            _ = LibC.posix_spawn_file_actions_destroy(actions);
            _ = LibC.posix_spawnattr_destroy(attributes);
        }
    }

    // .NET ignores SIGPIPE and blocks nothing we rely on, but a child would inherit whatever it does.
    private static unsafe void OwnSessionAndPlainSignals(byte* attributes)
    {
        var signals = stackalloc byte[128];
        _ = LibC.posix_spawnattr_init(attributes);
        _ = LibC.sigemptyset(signals);
        _ = LibC.posix_spawnattr_setsigmask(attributes, signals);
        _ = LibC.sigfillset(signals);
        _ = LibC.posix_spawnattr_setsigdefault(attributes, signals);
        _ = LibC.posix_spawnattr_setflags(attributes, SetSigDefault | SetSigMask | SetSid);
    }
}
