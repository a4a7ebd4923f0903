using System.Diagnostics;
using Colloquy.SandboxHost.Limits;

namespace Colloquy.SandboxHost.Tests.Limits;

/// <summary>With real images and loop devices.</summary>
public sealed class SandboxDiskTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("disk-").FullName;

    private string Disk => SandboxDisk.FolderOf(_folder);

    private string Image => Path.Combine(_folder, "disk.img");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        if (await SandboxDisk.ProbeAsync(_folder) is { } reason) Assert.Skip($"No disk images: {reason}");
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    [Fact]
    public async Task Full_disk_is_no_space_left_and_takes_no_more_of_the_host()
    {
        await SandboxDisk.CreateAsync(_folder, 16);
        await SandboxDisk.MountAsync(_folder);
        var full = await Assert.ThrowsAsync<IOException>(() => File.WriteAllBytesAsync($"{Disk}/big", new byte[20 << 20], Cancel));
        Assert.Contains("No space left", full.Message, StringComparison.Ordinal);
        var usage = SandboxDisk.Usage(_folder);
        Assert.InRange(usage.Total, 8 << 20, 16 << 20);
        Assert.InRange(usage.Used, usage.Total * 8 / 10, usage.Total);
        Assert.Equal(16 << 20, new FileInfo(Image).Length);
    }

    [Fact]
    public async Task Empty_disk_takes_little_of_the_host_and_deleted_files_are_given_back()
    {
        await SandboxDisk.CreateAsync(_folder, 1024);
        await SandboxDisk.MountAsync(_folder);
        Assert.InRange((await DiskQuota.MeasureAsync(Image)).Used, 0, 8 << 20);
        await WriteAsync(64 << 20);
        Assert.InRange((await DiskQuota.MeasureAsync(Image)).Used, 64 << 20, 80 << 20);
        File.Delete($"{Disk}/big");
        await Tool.RunAsync("sync", "--file-system", Disk);
        // The kernel gives back what is deleted in the background.
        while ((await DiskQuota.MeasureAsync(Image)).Used > 16 << 20) await Task.Delay(5, Cancel);

        async Task WriteAsync(int bytes)
        {
            await File.WriteAllBytesAsync($"{Disk}/big", new byte[bytes], Cancel);
            await Tool.RunAsync("sync", "--file-system", Disk);
        }
    }

    [Fact]
    public async Task Files_are_kept_over_unmount_and_a_mounted_disk_is_recognised()
    {
        await SandboxDisk.CreateAsync(_folder, 16);
        await SandboxDisk.MountAsync(_folder);
        await File.WriteAllTextAsync($"{Disk}/note", "kept", Cancel);
        await SandboxDisk.MountAsync(_folder);
        await SandboxDisk.UnmountAsync(_folder);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Disk));
        await SandboxDisk.UnmountAsync(_folder);
        await SandboxDisk.MountAsync(_folder);
        Assert.Equal("kept", await File.ReadAllTextAsync($"{Disk}/note", Cancel));
    }

    [Fact]
    public async Task Data_folder_behind_a_link_is_no_other()
    {
        var link = _folder + "-link";
        File.CreateSymbolicLink(link, _folder);
        await SandboxDisk.CreateAsync(link, 16);
        await SandboxDisk.MountAsync(link);
        Assert.True(SandboxDisk.IsMounted(Disk));
        await SandboxDisk.UnmountAsync(link);
        Assert.False(SandboxDisk.IsMounted(Disk));
        File.Delete(link);
    }

    [Fact]
    public async Task Rights_and_devices_of_its_files_count_for_nothing()
    {
        await SandboxDisk.CreateAsync(_folder, 16);
        await SandboxDisk.MountAsync(_folder);
        var mount = (await File.ReadAllLinesAsync("/proc/self/mounts", Cancel)).Single(line => line.Contains($" {Disk} ", StringComparison.Ordinal));
        Assert.Contains("nosuid,nodev", mount, StringComparison.Ordinal);
        Assert.DoesNotContain("noexec", mount, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Busy_disk_is_taken_out_of_sight_and_goes_when_its_last_file_closes()
    {
        await SandboxDisk.CreateAsync(_folder, 16);
        await SandboxDisk.MountAsync(_folder);
        await using (File.Create($"{Disk}/open"))
        {
            await SandboxDisk.UnmountAsync(_folder);
            Assert.False(SandboxDisk.IsMounted(Disk));
        }
    }

    [Fact]
    public async Task Half_made_image_is_replaced()
    {
        await File.WriteAllTextAsync(Image + ".new", "rubbish", Cancel);
        await SandboxDisk.CreateAsync(_folder, 16);
        await SandboxDisk.MountAsync(_folder);
        Assert.Equal(["disk", "disk.img"], Directory.EnumerateFileSystemEntries(_folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Image_that_cannot_be_made_leaves_nothing_and_says_why()
    {
        var failure = await Assert.ThrowsAsync<IOException>(() => SandboxDisk.CreateAsync(_folder, 0));
        Assert.StartsWith("mkfs.ext4 failed", failure.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    [Fact]
    public async Task Many_disks_are_mounted_at_once()
    {
        const int Count = 12; // more than the loop devices that exist from the start
        string[] folders = [.. Enumerable.Range(0, Count).Select(i => Directory.CreateDirectory($"{_folder}/{i}").FullName)];
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(folders.Select(async folder =>
        {
            await SandboxDisk.CreateAsync(folder, 64);
            await SandboxDisk.MountAsync(folder);
        }));
        TestContext.Current.TestOutputHelper!.WriteLine($"{Count} disks: {watch.Elapsed.TotalMilliseconds:0} ms");
        Assert.All(folders, folder => Assert.True(SandboxDisk.IsMounted(SandboxDisk.FolderOf(folder))));
        await Task.WhenAll(folders.Select(SandboxDisk.UnmountAsync));
    }

    public async ValueTask DisposeAsync()
    {
        await SandboxDisk.UnmountAsync(_folder);
        var images = Directory.EnumerateFiles(_folder, "disk.img", SearchOption.AllDirectories).ToArray();
        // The kernel frees a loop device a moment after the last unmount.
        while (LoopFiles().Intersect(images).Any()) await Task.Delay(5, CancellationToken.None);
        Directory.Delete(_folder, recursive: true);
    }

    private static string[] LoopFiles() =>
        [.. Directory.EnumerateDirectories("/sys/block", "loop*").Select(device => device + "/loop/backing_file").Where(File.Exists).Select(Read)];

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file).Trim();
        }
        catch (IOException)
        {
            return "";
        }
    }
}
