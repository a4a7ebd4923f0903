using System.Runtime.InteropServices;
using Colloquy.SandboxHost.Files;
using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Linux;
using Microsoft.Win32.SafeHandles;

namespace Colloquy.SandboxHost.Tests;

public sealed partial class FolderRemovalTests : IDisposable
{
    private const uint Exchange = 2;
    private static readonly string Quick = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
    private readonly DirectoryInfo _inside = Directory.CreateDirectory($"{Quick}/inside-{Guid.NewGuid():n}");
    private readonly DirectoryInfo _outside = Directory.CreateDirectory($"{Quick}/outside-{Guid.NewGuid():n}");

    [Fact]
    public void Folder_that_turns_into_a_link_between_two_steps_leads_nowhere()
    {
        const int Rounds = 50_000;
        var kept = Path.Combine(_outside.FullName, "keep");
        File.WriteAllText(kept, "");
        using var folder = new SafeFileHandle(
            LibC.open(_inside.FullName, LibC.O_PATH | LibC.O_DIRECTORY | LibC.O_CLOEXEC, 0), ownsHandle: true);
        using var stop = new CancellationTokenSource();
        var swapping = new Thread(() => Swap(folder, stop.Token));
        swapping.Start();
        for (var i = 0; i < Rounds && File.Exists(kept); i++) TryRemove(folder);
        stop.Cancel();
        swapping.Join();
        Assert.True(File.Exists(kept));
    }

    public void Dispose()
    {
        _inside.Delete(recursive: true);
        _outside.Delete(recursive: true);
    }

    private void Swap(SafeFileHandle folder, CancellationToken stop)
    {
        byte[] name = Native("name"), other = Native("other"), full = Native("other/full");
        while (!stop.IsCancellationRequested)
        {
            if (renameat2(folder, name, folder, other, Exchange) == 0) continue;
            // One of the two was removed: again a folder under this name and a link under the other.
            _ = LibC.unlinkat(folder, other, 0);
            _ = LibC.mkdirat(folder, other, 0x1ff);
            _ = LibC.mkdirat(folder, full, 0x1ff);
            _ = LibC.renameat(folder, other, folder, name);
            _ = LibC.symlinkat(Native(_outside.FullName), folder, other);
        }
    }

    private static void TryRemove(SafeFileHandle folder)
    {
        try
        {
            new FolderRemoval("name", CancellationToken.None).Remove(folder, RawPath.Of("name"));
        }
        catch (CageFileException)
        {
            // Refusing is as good.
        }
    }

    [LibraryImport("libc")]
    private static partial int renameat2(SafeFileHandle fromFolder, byte[] from, SafeFileHandle toFolder, byte[] to, uint flags);

    private static byte[] Native(string path) => RawPath.Of(path).ToNative();
}
