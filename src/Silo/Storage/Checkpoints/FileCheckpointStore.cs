using System.Buffers;
using System.Security.Cryptography;
using Colloquy.Grains.Sandboxes;
using Colloquy.Sessions;

namespace Colloquy.Silo.Storage.Checkpoints;

/// <summary>
/// Copies of workspaces as files <c>{session}/{hash}.tar.gz</c>. What has that name is complete; what another server
/// left unfinished is removed at the start.
/// </summary>
internal sealed class FileCheckpointStore : ICheckpointStore
{
    private const string Extension = ".tar.gz";
    private const string Unfinished = ".tmp";
    private const int PieceSize = 128 * 1024;

    private readonly string _folder;

    /// <exception cref="IOException">The folder cannot be read.</exception>
    public FileCheckpointStore(string folder)
    {
        _folder = folder;
        if (Directory.Exists(folder))
        {
            foreach (var left in Directory.EnumerateFiles(folder, "*" + Unfinished, SearchOption.AllDirectories))
            {
                File.Delete(left);
            }
        }
    }

    public async Task<StoredCheckpoint> PutAsync(
        SessionId session, Stream archive, long limit, CancellationToken cancellationToken)
    {
        var unfinished = Path.Combine(FolderOf(session), Guid.NewGuid().ToString("N") + Unfinished);
        try
        {
            Directory.CreateDirectory(FolderOf(session));
            var stored = await WriteAsync(unfinished, archive, limit, cancellationToken);
            File.Move(unfinished, PathOf(session, stored.Hash), overwrite: true);
            return stored;
        }
        catch (UnauthorizedAccessException error)
        {
            throw new IOException(
                $"A checkpoint cannot be written to {FolderOf(session)}: {error.Message} Make the folder writable.", error);
        }
        finally
        {
            File.Delete(unfinished);
        }
    }

    public async Task<Stream?> OpenAsync(SessionId session, string hash, CancellationToken cancellationToken)
    {
        FileStream file;
        try
        {
            file = new FileStream(
                PathOf(session, hash), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, PieceSize,
                FileOptions.Asynchronous | FileOptions.SequentialScan);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }

        // Before a byte of it is used: half an archive must not get into a workspace.
        if (Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken)) != hash)
        {
            await file.DisposeAsync();
            return null;
        }

        file.Position = 0;
        return file;
    }

    public Task DeleteAsync(SessionId session, string hash, CancellationToken cancellationToken)
    {
        if (Directory.Exists(FolderOf(session)))
        {
            File.Delete(PathOf(session, hash));
        }

        return Task.CompletedTask;
    }

    public Task DeleteAllAsync(SessionId session, CancellationToken cancellationToken)
    {
        if (Directory.Exists(FolderOf(session)))
        {
            Directory.Delete(FolderOf(session), recursive: true);
        }

        return Task.CompletedTask;
    }

    private static async Task<StoredCheckpoint> WriteAsync(
        string path, Stream archive, long limit, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(
            path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.Asynchronous);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var piece = ArrayPool<byte>.Shared.Rent(PieceSize);
        try
        {
            for (var length = 0L; ;)
            {
                var read = await archive.ReadAsync(piece, cancellationToken);
                if (read == 0)
                {
                    // Flushing to the disk blocks, and the caller's thread is a grain's.
                    await Task.Run(() => file.Flush(flushToDisk: true), cancellationToken);
                    return new StoredCheckpoint(Convert.ToHexStringLower(hash.GetHashAndReset()), length);
                }

                length += read;
                if (length > limit)
                {
                    throw new InvalidDataException($"The copy of the workspace has more than {limit} bytes.");
                }

                hash.AppendData(piece, 0, read);
                await file.WriteAsync(piece.AsMemory(0, read), cancellationToken);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    private string FolderOf(SessionId session) => Path.Combine(_folder, Name(session.Value));

    private string PathOf(SessionId session, string hash) => Path.Combine(FolderOf(session), Name(hash) + Extension);

    /// <summary>Both names are made by this server; this is what keeps it so.</summary>
    private static string Name(string name) =>
        name.Length > 0 && name.All(character => char.IsAsciiLetterOrDigit(character) || character == '_')
            ? name
            : throw new ArgumentException($"'{name}' cannot name a checkpoint.", nameof(name));
}
