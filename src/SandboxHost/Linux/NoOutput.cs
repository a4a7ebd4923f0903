using Microsoft.Win32.SafeHandles;

namespace Colloquy.SandboxHost.Linux;

/// <summary>A standard output for children that nobody reads.</summary>
internal static class NoOutput
{
    private static readonly SafeFileHandle Handle = File.OpenHandle("/dev/null", access: FileAccess.Write);

    internal static int Fd => (int)Handle.DangerousGetHandle();
}
