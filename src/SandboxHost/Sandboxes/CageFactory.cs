using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Limits;

namespace Colloquy.SandboxHost.Sandboxes;

/// <summary>Makes the folders and cages of sandboxes in one data folder, which it keeps to itself.</summary>
internal sealed class CageFactory : IDisposable
{
    private readonly SandboxHostOptions _options;
    private readonly SpawnThread _spawner = new();
    private readonly FileStream _lock;
    private readonly string _sandboxes;
    private readonly string _etc;
    private readonly TimeProvider _time;
    private HostLimits? _limits;

    /// <exception cref="InvalidOperationException">Another server uses the folder, or it cannot be written.</exception>
    internal CageFactory(SandboxHostOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        var folder = Path.GetFullPath(options.DataFolder);
        try
        {
            _sandboxes = Directory.CreateDirectory(Path.Combine(folder, "sandboxes")).FullName;
            _lock = new FileStream(
                Path.Combine(folder, "sandboxhost.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            _etc = SandboxEtc.Write(folder);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            _spawner.Dispose();
            throw new InvalidOperationException(
                $"The data folder {folder} cannot be used: {failure.Message} "
                + "Another server may be running on it; give each its own folder.",
                failure);
        }
    }

    /// <summary>Ends and removes what an earlier server left.</summary>
    internal async Task<(int Folders, int Alive)> ReapAsync()
    {
        var reaped = await LeftoverReaper.ReapAsync(_sandboxes);
        if (_limits is not null) await _limits.Cgroups.RemoveLeftoversAsync(new HashSet<string>());
        return reaped;
    }

    /// <summary>Finds out how sandboxes can be limited here.</summary>
    /// <returns>Null without isolation: nothing holds such sandboxes.</returns>
    internal async Task<LimitsInForce?> DetectLimitsAsync()
    {
        if (_options.IsolationMode == IsolationMode.None) return null;
        var folder = Path.GetDirectoryName(_sandboxes)!;
        _limits = await HostLimits.DetectAsync(folder, SandboxLimits.Of(_options), _time, _options.OnlyMeasure);
        return _limits.InForce;
    }

    /// <exception cref="InvalidOperationException">It cannot be made; the message says why.</exception>
    internal async Task<(ICage Cage, SandboxResources? Resources)> CreateAsync(string id)
    {
        var folder = Directory.CreateDirectory(FolderOf(id)).FullName;
        SandboxResources? resources = null;
        try
        {
            if (_limits is not null) resources = await SandboxResources.CreateAsync(_limits, id, folder);
            var home = Directory.CreateDirectory(Path.Combine(SandboxDisk.FolderOf(folder), "home")).FullName;
            var cage = resources is null
                ? new OpenCage(home, SandboxEnvironment.Mark(id), SandboxEnvironment.Base(id, home))
                : (ICage)await BubblewrapCage.CreateAsync(
                    _spawner,
                    BubblewrapArguments.Build(home, _etc, _options.MemoryMiB),
                    SandboxEnvironment.Base(id, BubblewrapArguments.Home),
                    resources.CageLimits);
            // Before any command can run: what a later server finds must be enough to end them all.
            SandboxRecord.Of(id, cage).Write(folder);
            cage.Prepare();
            return (cage, resources);
        }
        catch (Exception failure)
        {
            if (resources is not null) await resources.ReleaseAsync();
            SandboxFolder.Delete(folder);
            if (failure is IOException) throw new InvalidOperationException($"The sandbox cannot be made: {failure.Message}", failure);
            throw;
        }
    }

    /// <exception cref="IOException"/>
    /// <exception cref="UnauthorizedAccessException"/>
    internal async Task RemoveAsync(string id, SandboxResources? resources)
    {
        if (resources is not null) await resources.ReleaseAsync();
        SandboxFolder.Delete(FolderOf(id));
    }

    public void Dispose()
    {
        _limits?.Dispose();
        _spawner.Dispose();
        _lock.Dispose();
    }

    private string FolderOf(string id) => Path.Combine(_sandboxes, id);
}
