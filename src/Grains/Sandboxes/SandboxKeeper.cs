using Colloquy.Grains.Sessions;

namespace Colloquy.Grains.Sandboxes;

/// <summary>
/// Opens the one sandbox of a session: created on first use, found again after a restart, kept alive past the turn,
/// killed at the end. Every effect on it follows the append of its intent.
/// </summary>
internal sealed class SandboxKeeper(
    SessionJournal journal, ISandboxProvider provider, SandboxLeaseOptions options, TimeProvider time)
{
    /// <summary>How long a sandbox must outlive the deadline of its turn, so that the turn's end can be read.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromMinutes(1);

    private ISandbox? _open;
    private (string Lease, Task<ISandbox> Answer)? _asked;

    /// <returns>Null if the session had a sandbox and it is gone.</returns>
    /// <exception cref="SandboxException"/>
    public async Task<ISandbox?> ReopenAsync(DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        if (journal.State!.Sandbox is not { SandboxId: { } sandboxId } lease)
        {
            return null;
        }

        if (_open?.Id != sandboxId)
        {
            var lifetime = Lifetime(deadline);
            _open = await provider.ConnectAsync(sandboxId, lifetime, cancellationToken);
            if (_open is not null)
            {
                // One that is gone was not extended, and must not be paid for as if it were.
                await NoteExtensionAsync(lifetime);
            }

            return _open;
        }

        // An extension costs a request, so it is made when half of the idle time has gone by, not on every turn.
        if (lease.ExpiresAt < deadline + Margin || lease.ExpiresAt - time.GetUtcNow() < options.IdleTimeout / 2)
        {
            var lifetime = Lifetime(deadline);
            if (!await TryExtendAsync(_open, lifetime, cancellationToken))
            {
                Forget();
                return null;
            }

            await NoteExtensionAsync(lifetime);
        }

        return _open;
    }

    /// <exception cref="SandboxException"/>
    public async Task<ISandbox> CreateAsync(DateTimeOffset deadline, CancellationToken cancellationToken)
    {
        var lease = journal.State!.Sandbox ?? await journal.CommitAsync(SessionMachine.LeaseSandbox);
        var lifetime = Lifetime(deadline);
        var sandbox = await AskAsync(lease, lifetime, cancellationToken);
        var expires = time.GetUtcNow() + lifetime;
        await journal.CommitAsync(change => SessionMachine.OpenSandbox(
            change, sandbox.Id, provider.Kind, sandbox.Resources.VCpus, sandbox.Resources.MemoryMiB, expires));
        return _open = sandbox;
    }

    /// <summary>The open handle turned out to be dead.</summary>
    public void Forget() => _open = null;

    /// <summary>Kills what the lease holds and gives the lease up.</summary>
    /// <exception cref="SandboxException">The lease stays: try again.</exception>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        if (journal.State!.Sandbox is not { } lease)
        {
            return;
        }

        Forget();
        if ((lease.SandboxId ?? await FindUnansweredAsync(lease, cancellationToken)) is { } sandboxId)
        {
            await provider.KillAsync(sandboxId, cancellationToken);
        }

        await journal.CommitAsync(SessionMachine.ReleaseSandbox);
    }

    /// <summary>A create whose answer was lost may have made a sandbox: asking again for the same lease names it.</summary>
    /// <returns>Null if the provider will never give a sandbox for it: asking for ever would not change that.</returns>
    private async Task<string?> FindUnansweredAsync(SandboxLease lease, CancellationToken cancellationToken)
    {
        try
        {
            return (await AskAsync(lease, Margin, cancellationToken)).Id;
        }
        catch (SandboxException exception) when (exception.Failure == SandboxFailure.Refused)
        {
            return null;
        }
    }

    /// <summary>
    /// A request that is cancelled may be carried out all the same, and after another one has looked for it in vain:
    /// then there are two sandboxes. So a request is never cancelled. Who gives up waiting (an interrupt, the end of
    /// the session) leaves its answer to who asks next.
    /// </summary>
    private Task<ISandbox> AskAsync(SandboxLease lease, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        if (_asked is not { Answer.IsCompleted: false } || _asked.Value.Lease != lease.Id)
        {
            var spec = new SandboxSpec(lease.Id, journal.State!.Id.Value, options.Template, lifetime);
            _asked = (lease.Id, provider.CreateAsync(spec, CancellationToken.None));
        }

        return _asked.Value.Answer.WaitAsync(cancellationToken);
    }

    private static async Task<bool> TryExtendAsync(
        ISandbox sandbox, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        try
        {
            await sandbox.ExtendAsync(lifetime, cancellationToken);
            return true;
        }
        catch (SandboxException exception) when (exception.Failure == SandboxFailure.Gone)
        {
            return false;
        }
    }

    private TimeSpan Lifetime(DateTimeOffset deadline)
    {
        var turn = deadline - time.GetUtcNow() + Margin;
        return turn > options.IdleTimeout ? turn : options.IdleTimeout;
    }

    private Task NoteExtensionAsync(TimeSpan lifetime)
    {
        var expires = time.GetUtcNow() + lifetime;
        return journal.CommitAsync(change => SessionMachine.ExtendSandbox(change, expires));
    }
}

/// <summary>How sessions hold their sandboxes.</summary>
public sealed record SandboxLeaseOptions
{
    /// <summary>How long a sandbox lives after its last turn. Default: 1 hour, the most that E2B's free plan allows.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The template that sandboxes are made from. Default: <c>base</c>.</summary>
    public string Template { get; init; } = "base";
}
