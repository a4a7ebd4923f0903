using Colloquy.Sandboxes;
using Colloquy.Sessions;

namespace Colloquy.Web.Sandboxes;

/// <summary>
/// The files in the sandboxes of sessions, as they are now. Reading creates no sandbox; writing does. A sandbox that is
/// paused is resumed. Every method throws <see cref="SessionNotFoundException"/>, <see cref="SessionEndedException"/>
/// and <see cref="SandboxUnavailableException"/>.
/// </summary>
public interface ISessionFiles
{
    /// <summary>The home folder of every sandbox.</summary>
    string Home { get; }

    /// <returns>Null if there is no such folder; empty for the home folder of a session without a sandbox.</returns>
    /// <exception cref="InvalidInputException">It is no folder.</exception>
    Task<IReadOnlyList<SessionFile>?> ListAsync(SessionId session, HomePath folder, CancellationToken cancellationToken);

    /// <returns>The content as it arrives, to be disposed by the caller; null if there is no such file.</returns>
    /// <exception cref="InvalidInputException">It is no file.</exception>
    Task<Stream?> ReadAsync(SessionId session, HomePath file, CancellationToken cancellationToken);

    /// <summary>Creates or replaces the file once all of its content has arrived, and the folders above it.</summary>
    /// <exception cref="InvalidInputException">There cannot be such a file.</exception>
    Task WriteAsync(SessionId session, HomePath file, Stream content, CancellationToken cancellationToken);
}

/// <param name="Path">Absolute.</param>
/// <param name="Size">Bytes; 0 for a folder.</param>
/// <param name="LinkTarget">Where a symbolic link leads; null for anything else.</param>
public sealed record SessionFile(
    string Path, string Name, bool IsFolder, long Size, DateTimeOffset ModifiedAt, string? LinkTarget);
