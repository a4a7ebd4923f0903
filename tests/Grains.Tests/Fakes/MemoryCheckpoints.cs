using System.Collections.Concurrent;
using System.Security.Cryptography;
using Colloquy.Grains.Sandboxes;
using Colloquy.Sessions;

namespace Colloquy.Grains.Tests.Fakes;

internal sealed class MemoryCheckpoints : ICheckpointStore
{
    public ConcurrentDictionary<(SessionId Session, string Hash), byte[]> Stored { get; } = new();

    /// <summary>Called when an archive is about to be stored; what it throws is thrown.</summary>
    public Action? BeforePut { get; set; }

    public async Task<StoredCheckpoint> PutAsync(
        SessionId session, Stream archive, long limit, CancellationToken cancellationToken)
    {
        BeforePut?.Invoke();
        using var copy = new MemoryStream();
        await archive.CopyToAsync(copy, cancellationToken);
        var content = copy.ToArray();
        var hash = Convert.ToHexStringLower(SHA256.HashData(content));
        Stored[(session, hash)] = content;
        return new StoredCheckpoint(hash, content.Length);
    }

    public Task<Stream?> OpenAsync(SessionId session, string hash, CancellationToken cancellationToken) =>
        Task.FromResult<Stream?>(Stored.TryGetValue((session, hash), out var content) ? new MemoryStream(content) : null);

    public Task DeleteAsync(SessionId session, string hash, CancellationToken cancellationToken)
    {
        Stored.TryRemove((session, hash), out _);
        return Task.CompletedTask;
    }

    public Task DeleteAllAsync(SessionId session, CancellationToken cancellationToken)
    {
        foreach (var key in Stored.Keys.Where(key => key.Session == session))
        {
            Stored.TryRemove(key, out _);
        }

        return Task.CompletedTask;
    }
}
