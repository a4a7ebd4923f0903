using Colloquy.SandboxHost.Linux;

namespace Colloquy.SandboxHost.Limits;

/// <summary>
/// A file system of its own for a sandbox, in an image that takes only as much of the host's disk as is used. The
/// sandbox cannot fill more than that, whatever it does. Needs root and loop devices.
/// </summary>
internal static class SandboxDisk
{
    private const string ImageName = "disk.img", FolderName = "disk";

    // Programs of a sandbox may be executed; what they are must not give them rights. What is deleted inside is given
    // back to the host.
    private const string MountOptions = "loop,nodev,nosuid,noatime,discard";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2), Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Where the disk of the sandbox in this folder is mounted, or is a plain folder.</summary>
    internal static string FolderOf(string sandbox) => Path.Combine(sandbox, FolderName);

    internal static bool HasImage(string sandbox) => File.Exists(Path.Combine(sandbox, ImageName));

    /// <summary>Tells whether images can be used here, by using one.</summary>
    /// <returns>Null if so; else why not.</returns>
    internal static async Task<string?> ProbeAsync(string dataFolder)
    {
        const int SmallestMiB = 4;
        if (!Environment.IsPrivilegedProcess) return "mounting needs root";
        var folder = Directory.CreateDirectory(Path.Combine(dataFolder, "disk-probe")).FullName;
        try
        {
            await UnmountAsync(folder);
            await CreateAsync(folder, SmallestMiB);
            await MountAsync(folder);
            await UnmountAsync(folder);
            return null;
        }
        catch (IOException refused)
        {
            return refused.Message;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Makes an empty image, in place of one that an earlier attempt did not finish.</summary>
    /// <exception cref="IOException"/>
    internal static async Task CreateAsync(string sandbox, int sizeMiB)
    {
        var image = Path.Combine(sandbox, ImageName);
        var unfinished = image + ".new";
        try
        {
            await using (var file = File.Create(unfinished)) file.SetLength((long)sizeMiB << 20);
            // What is lazy here is not needed at all in a file of zeros.
            await Tool.RunAsync(
                "mkfs.ext4", "-q", "-F", "-m", "0", "-E", "lazy_itable_init=1,lazy_journal_init=1,nodiscard,root_owner=0:0", unfinished);
            File.Move(unfinished, image, overwrite: true);
        }
        catch
        {
            File.Delete(unfinished);
            throw;
        }
    }

    /// <summary>Mounts the image unless it is mounted already: mounts outlive the server.</summary>
    /// <exception cref="IOException"/>
    internal static async Task MountAsync(string sandbox)
    {
        var folder = Directory.CreateDirectory(FolderOf(sandbox)).FullName;
        if (!IsMounted(folder)) await Tool.RunAsync("mount", "-o", MountOptions, Path.Combine(sandbox, ImageName), folder);
    }

    /// <summary>Unmounts the disk if it is mounted; its loop device goes with it.</summary>
    /// <exception cref="IOException"/>
    internal static async Task UnmountAsync(string sandbox)
    {
        var folder = FolderOf(sandbox);
        for (var waited = TimeSpan.Zero; IsMounted(folder); waited += Pause)
        {
            // Taken out of sight while somebody still has a file open there, it goes when that is closed.
            if (waited >= Patience) await Tool.RunAsync("umount", "--lazy", folder);
            else if ((await Tool.TryAsync("umount", folder)).Status.Code != 0) await Task.Delay(Pause);
        }
    }

    /// <summary>Takes a disk out of sight that is going to be deleted. The kernel gives up the rest in its own time.</summary>
    /// <exception cref="IOException"/>
    internal static async Task DetachAsync(string sandbox)
    {
        var folder = FolderOf(sandbox);
        if (IsMounted(folder)) await Tool.RunAsync("umount", "--lazy", folder);
    }

    /// <summary>Of the file system that the folder is on.</summary>
    internal static DiskUsage Usage(string sandbox)
    {
        var drive = new DriveInfo(FolderOf(sandbox));
        return new DiskUsage(drive.TotalSize - drive.TotalFreeSpace, drive.TotalSize);
    }

    internal static bool IsMounted(string folder)
    {
        if (!Directory.Exists(folder)) return false;
        var real = RealPath.Of(folder);
        return MountTable.Read().Any(mount => mount.Point == real);
    }
}
