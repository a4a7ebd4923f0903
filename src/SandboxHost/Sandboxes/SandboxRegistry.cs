using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Colloquy.SandboxHost.Sandboxes;

/// <summary>The sandboxes of this server: makes them, ends them, and leaves nothing of them.</summary>
internal sealed partial class SandboxRegistry : IAsyncDisposable
{
    private const string IdLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
    private readonly ConcurrentDictionary<string, Sandbox> _sandboxes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Task> _ending = new(StringComparer.Ordinal);
    private readonly byte[] _tokenKey = RandomNumberGenerator.GetBytes(32);
    private readonly CageFactory _cages;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly int _limit;
    private int _count;
    private volatile bool _closing;

    internal SandboxRegistry(CageFactory cages, int limit, TimeProvider time, ILogger<SandboxRegistry> log) =>
        (_cages, _limit, _time, _log) = (cages, limit, time, log);

    internal IEnumerable<Sandbox> Running => _sandboxes.Values;

    internal bool TryGet(string id, [NotNullWhen(true)] out Sandbox? sandbox) => _sandboxes.TryGetValue(id, out sandbox);

    /// <exception cref="SandboxLimitException"/>
    /// <exception cref="InvalidOperationException">It cannot be made; the message says why.</exception>
    internal async Task<Sandbox> CreateAsync(SandboxRequest request)
    {
        if (Interlocked.Increment(ref _count) > _limit)
        {
            Interlocked.Decrement(ref _count);
            throw new SandboxLimitException(_limit);
        }

        try
        {
            var id = "i" + RandomNumberGenerator.GetString(IdLetters, 20);
            var (cage, network) = await _cages.CreateAsync(id, request.Network);
            var trafficToken = request.IsPublic ? null : TokenOf(id + "/traffic");
            var sandbox = new Sandbox(id, TokenOf(id), trafficToken, request, cage, network, _time, expired => Expire(expired));
            _sandboxes[id] = sandbox;
            _ = EndWithCageAsync(sandbox);
            // Made while the server closes, it would be missed by the sweep.
            if (_closing) await KillAsync(id);
            return sandbox;
        }
        catch
        {
            Interlocked.Decrement(ref _count);
            throw;
        }
    }

    /// <returns>False if there is none of this id.</returns>
    internal async Task<bool> KillAsync(string id)
    {
        if (_sandboxes.TryRemove(id, out var sandbox))
        {
            // The task is entered before it runs: whoever asks meanwhile waits for the same end.
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _ending[id] = done.Task;
            await EndAsync(sandbox);
            _ending.TryRemove(id, out _);
            done.SetResult();
            return true;
        }

        if (!_ending.TryGetValue(id, out var ending)) return false;
        await ending;
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        _closing = true;
        await Task.WhenAll(_sandboxes.Keys.Select(KillAsync));
        await Task.WhenAll(_ending.Values);
    }

    private async Task EndAsync(Sandbox sandbox)
    {
        sandbox.Dispose();
        // First the streams, so that no process seems to have ended by itself.
        sandbox.Processes.Abandon();
        await sandbox.Cage.KillAsync();
        sandbox.Network.Dispose();
        try
        {
            _cages.RemoveFolder(sandbox.Id);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            LogFolderStays(sandbox.Id, failure);
        }

        Interlocked.Decrement(ref _count);
    }

    private void Expire(Sandbox sandbox)
    {
        LogExpired(sandbox.Id);
        _ = KillAsync(sandbox.Id);
    }

    // If something outside ends the sandbox (the kernel, out of memory), what remains of it goes as well.
    private async Task EndWithCageAsync(Sandbox sandbox)
    {
        await sandbox.Cage.Ended;
        if (!_sandboxes.ContainsKey(sandbox.Id)) return;
        LogEndedByItself(sandbox.Id);
        await KillAsync(sandbox.Id);
    }

    private string TokenOf(string id) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(_tokenKey, Encoding.ASCII.GetBytes(id)));
}
