using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Network;

namespace Colloquy.SandboxHost.Sandboxes;

/// <summary>Makes the folders and cages of sandboxes in one data folder, which it keeps to itself.</summary>
internal sealed class CageFactory : IDisposable
{
    private readonly SandboxHostOptions _options;
    private readonly SpawnThread _spawner = new();
    private readonly FileStream _lock;
    private readonly string _sandboxes;
    private readonly SandboxNetworks _networks;
    private readonly string _etc;
    private readonly string _etcOpen;

    /// <exception cref="InvalidOperationException">Another server uses the folder, or it cannot be written.</exception>
    internal CageFactory(SandboxHostOptions options, SandboxNetworks networks)
    {
        (_options, _networks) = (options, networks);
        var folder = Path.GetFullPath(options.DataFolder);
        try
        {
            _sandboxes = Directory.CreateDirectory(Path.Combine(folder, "sandboxes")).FullName;
            _lock = new FileStream(
                Path.Combine(folder, "sandboxhost.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            _etc = SandboxEtc.Write(folder);
            _etcOpen = SandboxEtc.Write(folder, Slirp.DnsServer);
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
    internal (int Folders, int Alive) Reap() => LeftoverReaper.Reap(_sandboxes);

    /// <exception cref="InvalidOperationException">It cannot be made; the message says why.</exception>
    internal async Task<(ICage Cage, SandboxNetwork Network)> CreateAsync(string id, NetworkMode mode)
    {
        ICage? cage = null;
        var folder = FolderOf(id);
        var home = Directory.CreateDirectory(Path.Combine(folder, "home")).FullName;
        try
        {
            var isOpen = _options.IsolationMode == IsolationMode.None;
            string[] environment =
            [
                .. SandboxEnvironment.Base(id, isOpen ? home : BubblewrapArguments.Home), .. _networks.Environment(mode),
            ];
            cage = isOpen
                ? new OpenCage(home, SandboxEnvironment.Mark(id), environment)
                : await BubblewrapCage.CreateAsync(
                    _spawner,
                    BubblewrapArguments.Build(home, mode == NetworkMode.Open ? _etcOpen : _etc, _options.MemoryMiB),
                    environment);
            // Before any command can run: what a later server finds must be enough to end them all.
            SandboxRecord.Of(id, cage).Write(folder);
            cage.Prepare();
            return (cage, await _networks.OpenAsync(cage.Namespaces, mode, folder));
        }
        catch
        {
            if (cage is not null) await cage.KillAsync();
            SandboxFolder.Delete(folder);
            throw;
        }
    }

    internal void RemoveFolder(string id) => SandboxFolder.Delete(FolderOf(id));

    public void Dispose()
    {
        _spawner.Dispose();
        _lock.Dispose();
    }

    private string FolderOf(string id) => Path.Combine(_sandboxes, id);
}
