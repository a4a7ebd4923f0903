using Microsoft.Win32.SafeHandles;

namespace Colloquy.SandboxHost.Linux;

/// <summary>A handle whose number cannot be closed, and given to something else, while it is used.</summary>
internal readonly ref struct HeldHandle
{
    private readonly SafeFileHandle _handle;

    /// <exception cref="ObjectDisposedException">It is closed.</exception>
    internal HeldHandle(SafeFileHandle handle)
    {
        var added = false;
        handle.DangerousAddRef(ref added);
        _handle = handle;
    }

    internal nint Value => _handle.DangerousGetHandle();

    public void Dispose() => _handle.DangerousRelease();
}
