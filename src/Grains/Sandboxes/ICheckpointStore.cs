using Colloquy.Sessions;

namespace Colloquy.Grains.Sandboxes;

/// <summary>
/// Keeps archives of workspaces outside the journal. The session row names the one that counts; sessions share none.
/// </summary>
public interface ICheckpointStore
{
    /// <summary>Stores an archive as it arrives, durably and completely or not at all.</summary>
    /// <param name="limit">More bytes than this are refused.</param>
    /// <exception cref="InvalidDataException">It is larger than the limit.</exception>
    /// <exception cref="IOException">It cannot be stored now.</exception>
    Task<StoredCheckpoint> PutAsync(SessionId session, Stream archive, long limit, CancellationToken cancellationToken);

    /// <returns>What was stored under the hash; null if that is gone or damaged.</returns>
    /// <exception cref="IOException">It cannot be read now.</exception>
    Task<Stream?> OpenAsync(SessionId session, string hash, CancellationToken cancellationToken);

    /// <summary>One that is gone already is fine.</summary>
    /// <exception cref="IOException">It cannot be deleted now.</exception>
    Task DeleteAsync(SessionId session, string hash, CancellationToken cancellationToken);

    /// <summary>Everything of a session that has ended.</summary>
    /// <exception cref="IOException">It cannot be deleted now.</exception>
    Task DeleteAllAsync(SessionId session, CancellationToken cancellationToken);
}

/// <param name="Hash">SHA-256, lower-case hex.</param>
public sealed record StoredCheckpoint(string Hash, long Bytes);
