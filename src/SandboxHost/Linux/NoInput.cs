using Microsoft.Win32.SafeHandles;

namespace Colloquy.SandboxHost.Linux;

/// <summary>An empty standard input for children.</summary>
internal static class NoInput
{
    private static readonly SafeFileHandle Handle = File.OpenHandle("/dev/null");

    internal static int Fd => (int)Handle.DangerousGetHandle();
}
