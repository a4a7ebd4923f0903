using Colloquy.Grains.Sessions;

namespace Colloquy.Grains.Sandboxes;

/// <summary>
/// Copies the workspace after a turn that changed it, and gives it to the sandbox that takes the place of a lost one.
/// What is not recorded in the session row does not exist: a copy that was cut off anywhere is never used.
/// </summary>
internal sealed class CheckpointTaker(
    SessionJournal journal, ICheckpointStore store, SandboxLeaseOptions options, TimeProvider time)
{
    /// <returns>What became of it.</returns>
    /// <exception cref="OperationCanceledException">Another turn begins: it is taken after that one.</exception>
    /// <exception cref="SandboxException"/>
    /// <exception cref="IOException">The store failed.</exception>
    public async Task<CheckpointOutcome> TakeAsync(ISandbox sandbox, CancellationToken cancellationToken)
    {
        var state = journal.State!;
        if (state.Sandbox is not { } lease)
        {
            return CheckpointOutcome.NotNeeded;
        }

        var packed = new PackedWorkspace(PackOutcome.Packed, "");
        try
        {
            var known = state.Oversized?.Fingerprint ?? state.Checkpoint?.Fingerprint ?? "";
            packed = await WorkspaceArchive.PackAsync(sandbox, known, options.CheckpointLimit, cancellationToken);
            switch (packed.Outcome)
            {
                case PackOutcome.Packed:
                    await StoreAsync(sandbox, lease.Id, state, packed.Fingerprint, cancellationToken);
                    return CheckpointOutcome.Taken;
                case PackOutcome.Oversized:
                    await journal.CommitAsync(
                        change => SessionMachine.NoteOversized(change, lease.Id, state.Turns, packed.Fingerprint));
                    return state.Oversized is null ? CheckpointOutcome.BecameTooLarge : CheckpointOutcome.NotNeeded;
                default:
                    return CheckpointOutcome.NotNeeded;
            }
        }
        finally
        {
            // Also one that is still being made: it must not compete with the turn that begins.
            if (packed.Outcome == PackOutcome.Packed)
            {
                await WorkspaceArchive.DiscardAsync(sandbox);
            }
        }
    }

    /// <summary>Gives a new sandbox the files of the checkpoint.</summary>
    /// <exception cref="SandboxException">The sandbox failed: try again.</exception>
    /// <exception cref="IOException">The store failed: try again.</exception>
    public async Task<Restoration> RestoreAsync(ISandbox sandbox, CancellationToken cancellationToken)
    {
        var state = journal.State!;
        if (state.Checkpoint is not { } checkpoint)
        {
            return new Restoration(false, Restoration.Nothing(state, options.CheckpointLimit));
        }

        await using var archive = await store.OpenAsync(state.Id, checkpoint.Hash, cancellationToken);
        if (archive is null)
        {
            return new Restoration(false, Restoration.Unusable(checkpoint, "it is missing or damaged"));
        }

        return await WorkspaceArchive.UnpackAsync(sandbox, archive, cancellationToken) is { } problem
            ? new Restoration(false, Restoration.Unusable(checkpoint, problem))
            : new Restoration(true, Restoration.From(state, checkpoint, options.CheckpointLimit));
    }

    /// <exception cref="IOException">The store failed.</exception>
    public Task DeleteAllAsync(CancellationToken cancellationToken) =>
        store.DeleteAllAsync(journal.State!.Id, cancellationToken);

    private async Task StoreAsync(
        ISandbox sandbox, string lease, SessionState state, string fingerprint, CancellationToken cancellationToken)
    {
        await using var archive = await sandbox.ReadAsync(WorkspaceArchive.Path, cancellationToken)
            ?? throw new SandboxException(
                SandboxFailure.Unavailable, "The copy of the workspace vanished before it could be fetched.");
        var stored = await store.PutAsync(state.Id, archive, options.CheckpointLimit, cancellationToken);
        var checkpoint = new WorkspaceCheckpoint(
            stored.Hash, stored.Bytes, time.GetUtcNow().Truncated(), state.Turns, fingerprint);
        var recorded = await journal.CommitAsync(change => SessionMachine.RecordCheckpoint(change, lease, checkpoint));
        var unreferenced = recorded ? state.Checkpoint?.Hash : stored.Hash;
        if (recorded)
        {
            Telemetry.CheckpointBytes.Add(stored.Bytes);
        }

        if (unreferenced is not null && journal.State!.Checkpoint?.Hash != unreferenced)
        {
            await store.DeleteAsync(state.Id, unreferenced, CancellationToken.None);
        }
    }
}

internal enum CheckpointOutcome
{
    NotNeeded,
    Taken,

    /// <summary>For the first time in a row.</summary>
    BecameTooLarge,
}
