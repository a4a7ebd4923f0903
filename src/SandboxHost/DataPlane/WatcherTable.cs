using System.Collections.Concurrent;
using System.Security.Cryptography;
using Colloquy.SandboxHost.Files;
using Colloquy.SandboxHost.Isolation;

namespace Colloquy.SandboxHost.DataPlane;

/// <summary>The watchers that callers poll. They end with their sandbox.</summary>
internal sealed class WatcherTable
{
    private const int MostPerSandbox = 64, IdLength = 20;
    private const string IdAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789";
    private readonly ConcurrentDictionary<(ICage Cage, string Id), PolledWatcher> _watchers = new();

    /// <exception cref="ConnectException">The sandbox has too many.</exception>
    internal string Add(ICage cage, Func<WatchedFolder> open)
    {
        if (_watchers.Keys.Count(key => key.Cage == cage) >= MostPerSandbox)
            throw new ConnectException(ConnectException.ResourceExhausted, $"a sandbox can have {MostPerSandbox} watchers; remove some");
        var id = "w" + RandomNumberGenerator.GetString(IdAlphabet, IdLength);
        var watcher = new PolledWatcher(open());
        _watchers[(cage, id)] = watcher;
        _ = EndWithAsync(cage, id, watcher);
        return id;
    }

    /// <exception cref="ConnectException">There is none.</exception>
    internal PolledWatcher Find(ICage cage, string? id) =>
        _watchers.TryGetValue((cage, id ?? ""), out var watcher) ? watcher : throw NotFound(id);

    /// <exception cref="ConnectException">There is none.</exception>
    internal void Remove(ICage cage, string? id)
    {
        if (!_watchers.TryRemove((cage, id ?? ""), out var watcher)) throw NotFound(id);
        watcher.Dispose();
    }

    private async Task EndWithAsync(ICage cage, string id, PolledWatcher watcher)
    {
        // After a failure it stays, to tell of it.
        if (await Task.WhenAny(cage.Ended, watcher.Ended) == watcher.Ended && !_watchers.ContainsKey((cage, id))) return;
        await cage.Ended;
        _watchers.TryRemove((cage, id), out _);
        watcher.Dispose();
    }

    private static ConnectException NotFound(string? id) =>
        new(ConnectException.NotFound, $"watcher with id {id} not found");
}
