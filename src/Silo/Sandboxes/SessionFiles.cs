using Colloquy.Grains.Sandboxes;
using Colloquy.Sandboxes;
using Colloquy.Sessions;
using Colloquy.Web.Sandboxes;
using Microsoft.Extensions.Options;

namespace Colloquy.Silo.Sandboxes;

/// <summary>
/// Files of sessions: the session grain opens the sandbox, and the bytes go between the client and the sandbox's
/// provider without it.
/// </summary>
internal sealed partial class SessionFiles(
    IGrainFactory grains, ISandboxProvider provider, IOptions<SandboxOptions> options, TimeProvider time,
    ILogger<SessionFiles> log) : ISessionFiles
{
    private const string Root = "root";

    public string Home { get; } = options.Value.User == Root ? "/root" : $"/home/{options.Value.User}";

    public async Task<IReadOnlyList<SessionFile>?> ListAsync(
        SessionId session, HomePath folder, CancellationToken cancellationToken)
    {
        await using var hold = await OpenAsync(session, create: false, cancellationToken);
        if (hold is null)
        {
            return folder.IsHome ? [] : null;
        }

        var entries = await AskAsync(session, () => hold.Sandbox.ListAsync(folder.Absolute, cancellationToken));
        return entries is null ? null : [.. entries.Select(Translate)];
    }

    public async Task<Stream?> ReadAsync(SessionId session, HomePath file, CancellationToken cancellationToken)
    {
        var hold = await OpenAsync(session, create: false, cancellationToken);
        if (hold is null)
        {
            return null;
        }

        try
        {
            var content = await AskAsync(session, () => hold.Sandbox.ReadAsync(file.Absolute, cancellationToken));
            if (content is not null)
            {
                return new HeldStream(content, hold);
            }
        }
        catch
        {
            await hold.DisposeAsync();
            throw;
        }

        await hold.DisposeAsync();
        return null;
    }

    public async Task WriteAsync(
        SessionId session, HomePath file, Stream content, CancellationToken cancellationToken)
    {
        await using var hold = await OpenAsync(session, create: true, cancellationToken) ?? throw Gone(session);
        var upload = new StagedUpload(hold.Sandbox, file);
        try
        {
            await AskAsync(session, async () =>
            {
                await upload.ReceiveAsync(content, cancellationToken);
                await upload.PublishAsync(cancellationToken);
                return true;
            });
        }
        catch
        {
            if (!await upload.TryDiscardAsync())
            {
                LogNotDiscarded(upload.StagedPath, hold.Sandbox.Id, session);
            }

            throw;
        }
    }

    /// <returns>Null if the session has no sandbox, and none was to be made.</returns>
    private async Task<SandboxHold?> OpenAsync(SessionId session, bool create, CancellationToken cancellationToken)
    {
        var grain = grains.GetGrain<ISessionGrain>(session.Value);
        if (await grain.OpenSandboxAsync(create).WaitAsync(cancellationToken) is not { } open)
        {
            return null;
        }

        // Less than what the session has just asked for: how long it runs is the session's to decide.
        var sandbox = await AskAsync(
            session, () => provider.ConnectAsync(open.Id, open.IdleTimeout / 2, cancellationToken)) ?? throw Gone(session);
        return new SandboxHold(grain, sandbox, open.IdleTimeout / 2, time);
    }

    private static async Task<T> AskAsync<T>(SessionId session, Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (SandboxException exception) when (exception.Failure == SandboxFailure.Refused)
        {
            throw new InvalidInputException("path", exception.Message);
        }
        catch (SandboxException exception)
        {
            throw new SandboxUnavailableException(
                $"The sandbox of session '{session}' cannot be used now: {exception.Message}", exception);
        }
    }

    private static SandboxUnavailableException Gone(SessionId session) => new(
        $"The sandbox of session '{session}' went away just now. Repeat the request: what can be kept of its files is in " +
        "the one that takes its place.");

    private static SessionFile Translate(SandboxEntry entry) =>
        new(entry.Path, entry.Name, entry.IsFolder, entry.Size, entry.ModifiedAt, entry.LinkTarget);

    [LoggerMessage(Level = LogLevel.Warning, Message = "What arrived of an upload stays as {Path} in sandbox {Sandbox} of session {Session}: it could not be removed.")]
    private partial void LogNotDiscarded(string path, string sandbox, SessionId session);
}
