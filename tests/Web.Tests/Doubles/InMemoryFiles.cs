using System.Collections.Concurrent;
using Colloquy.Sessions;
using Colloquy.Web.Sandboxes;

namespace Colloquy.Web.Tests.Doubles;

/// <summary>One sandbox for all sessions, with its files in memory and no folders but those that files have.</summary>
public sealed class InMemoryFiles(TimeProvider time) : ISessionFiles
{
    public string Home => "/home/user";

    public ConcurrentDictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>What the next call fails with.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Hides the failure of a body behind one of its own, as copying over a connection does.</summary>
    public bool WrapsFailures { get; set; }

    /// <summary>Whether any call has come.</summary>
    public bool WasAsked { get; private set; }

    public Task<IReadOnlyList<SessionFile>?> ListAsync(SessionId session, HomePath folder, CancellationToken cancellationToken)
    {
        Fail();
        var below = Files.Where(file => file.Key.StartsWith(folder.Absolute + "/", StringComparison.Ordinal))
            .Select(file => (Below: file.Key[(folder.Absolute.Length + 1)..], Size: file.Value.Length))
            .GroupBy(file => file.Below.Split('/')[0], StringComparer.Ordinal)
            .Select(names => names.First() is var first && first.Below.Contains('/', StringComparison.Ordinal)
                ? new SessionFile($"{folder}/{names.Key}", names.Key, true, 0, time.GetUtcNow(), null)
                : new SessionFile($"{folder}/{names.Key}", names.Key, false, first.Size, time.GetUtcNow(), names.Key == "link" ? "/etc" : null))
            .ToList();
        return Task.FromResult<IReadOnlyList<SessionFile>?>(below.Count > 0 || folder.IsHome ? below : null);
    }

    public Task<Stream?> ReadAsync(SessionId session, HomePath file, CancellationToken cancellationToken)
    {
        Fail();
        return Task.FromResult<Stream?>(Files.TryGetValue(file.Absolute, out var content) ? new MemoryStream(content) : null);
    }

    public async Task WriteAsync(SessionId session, HomePath file, Stream content, CancellationToken cancellationToken)
    {
        Fail();
        using var copy = new MemoryStream();
        try
        {
            await content.CopyToAsync(copy, cancellationToken);
        }
        catch (Exception exception) when (WrapsFailures)
        {
            throw new HttpRequestException("Error while copying content to a stream.", exception);
        }

        Files[file.Absolute] = copy.ToArray();
    }

    private void Fail()
    {
        WasAsked = true;
        if (Failure is { } failure)
        {
            Failure = null;
            throw failure;
        }
    }
}
