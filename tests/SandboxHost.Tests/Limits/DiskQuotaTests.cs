using System.Collections.Concurrent;
using Colloquy.SandboxHost.Limits;
using Microsoft.Extensions.Time.Testing;

namespace Colloquy.SandboxHost.Tests.Limits;

public sealed class DiskQuotaTests : IDisposable
{
    private const int Limit = 1 << 20;
    private readonly string _folder = Directory.CreateTempSubdirectory("quota-").FullName;
    private readonly FakeTimeProvider _time = new();
    private readonly ConcurrentBag<Exception> _failures = [];
    private readonly TaskCompletionSource<string> _exceeded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Folder_that_grows_too_large_is_reported_at_the_next_measure()
    {
        using var quota = new DiskQuota(_folder, Limit, _time, _exceeded.SetResult, _failures.Add);
        await File.WriteAllBytesAsync($"{_folder}/small", new byte[Limit / 2], Cancel);
        await MeasuredAsync(quota, Limit / 2);
        Assert.False(_exceeded.Task.IsCompleted);

        await File.WriteAllBytesAsync($"{_folder}/big", new byte[Limit], Cancel);
        await MeasuredAsync(quota, Limit);

        Assert.Contains("more than the 1 MiB that it may use", await _exceeded.Task, StringComparison.Ordinal);
        await quota.Ended;
        Assert.Equal(Limit, quota.Usage.Total);
    }

    [Fact]
    public async Task Holes_in_files_take_no_disk()
    {
        await using (var file = File.Create($"{_folder}/sparse")) file.SetLength(1L << 40);
        Assert.InRange((await DiskQuota.MeasureAsync(_folder)).Used, 0, Limit);
    }

    [Fact]
    public async Task Watch_ends_with_its_disposal()
    {
        var quota = new DiskQuota(_folder, Limit, _time, _exceeded.SetResult, _failures.Add);
        quota.Dispose();
        await quota.Ended;
        Assert.False(_exceeded.Task.IsCompleted);
    }

    [Fact]
    public async Task Folder_that_cannot_be_measured_is_told_once_and_measured_when_it_can_be()
    {
        var folder = $"{_folder}/missing";
        using var quota = new DiskQuota(folder, Limit, _time, _exceeded.SetResult, _failures.Add);
        while (_failures.IsEmpty) await Task.Delay(1, Cancel); // a measure is work of another process
        Directory.CreateDirectory(folder);
        await File.WriteAllBytesAsync($"{folder}/big", new byte[2 * Limit], Cancel);

        await MeasuredAsync(quota, Limit);

        Assert.Contains("more than the 1 MiB that it may use", await _exceeded.Task, StringComparison.Ordinal);
        Assert.IsType<IOException>(Assert.Single(_failures));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task MeasuredAsync(DiskQuota quota, long atLeast)
    {
        while (quota.Usage.Used < atLeast)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(1, Cancel); // a measure is work of another process
        }
    }
}
