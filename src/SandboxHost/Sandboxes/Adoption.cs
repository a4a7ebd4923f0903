using System.Text.Json;
using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Limits;
using Colloquy.SandboxHost.Linux;

namespace Colloquy.SandboxHost.Sandboxes;

/// <param name="Adopted">That run on.</param>
/// <param name="Paused">That are paused, whether they were before or have become so.</param>
/// <param name="Gone">That ended with the earlier server or while there was none.</param>
/// <param name="Orphans">Whose time was over with no server to notice; the paused ones among them count there too.</param>
internal readonly record struct AdoptionReport(int Adopted, int Paused, int Gone, int Orphans);

/// <summary>What becomes of the sandboxes of an earlier server on the same data.</summary>
internal sealed class Adoption(DataFolder data, SandboxServices services)
{
    // Asked once for all: going through the host's processes takes a while.
    private readonly HashSet<string> _alive =
        [.. ProcessTable.WithVariable(SandboxEnvironment.IdVariable).Select(process => process.Value)];

    private AdoptionReport _report;

    /// <param name="add">Gets each that still exists.</param>
    internal async Task<AdoptionReport> RunAsync(Action<Sandbox> add)
    {
        var known = new HashSet<string>();
        foreach (var folder in data.Folders)
        {
            try
            {
                if (await AdoptAsync(folder) is not { } sandbox) continue;
                add(sandbox);
            }
#pragma warning disable CA1031 // whatever is wrong with one, the others must not miss their server for it
            catch (Exception failure)
#pragma warning restore CA1031
            {
                // Nothing of it is touched: it ends by itself when its time is over, and the next start tries again.
                services.Log.NotAdopted(folder.SandboxId, failure);
            }

            known.Add(folder.SandboxId);
        }

        await RemoveLeftoversAsync(known);
        return _report;
    }

    private async Task RemoveLeftoversAsync(HashSet<string> known)
    {
        try
        {
            await services.Cells.RemoveLeftoversAsync(known);
        }
        catch (IOException failure)
        {
            services.Log.LeftoversStay(failure);
        }
    }

    private async Task<Sandbox?> AdoptAsync(SandboxFolder folder)
    {
        if (Read(folder) is not { } record)
        {
            await RemoveAsync(folder);
            return null;
        }

        var frozen = record is { State: RecordedState.Paused, Init: not null };
        var cell = record.State == RecordedState.Running || frozen
            ? await services.Cells.AdoptAsync(folder, record.Request.Shape, record.Init, frozen)
            : null;
        var fate = Fates.Of(record, cell is not null, services.Time.GetUtcNow());
        Count(fate);
        if (fate == Fate.Adopted || (frozen && cell is not null)) return SandboxOf(folder, cell, record);
        if (cell is not null) await cell.TearDownAsync();
        if (fate is Fate.Gone or Fate.Ended)
        {
            services.Log.Gone(folder.SandboxId, fate == Fate.Gone ? "its processes had ended" : "its time was over");
            await RemoveAsync(folder);
            return null;
        }

        await EndRemainsAsync(folder);
        return SandboxOf(folder, null, Pause(folder, record));
    }

    private SandboxRecord? Read(SandboxFolder folder)
    {
        try
        {
            return SandboxRecord.Read(folder);
        }
        catch (JsonException unreadable)
        {
            services.Log.Gone(folder.SandboxId, $"its record cannot be read: {unreadable.Message}");
            Count(Fate.Gone);
            return null;
        }
    }

    private SandboxRecord Pause(SandboxFolder folder, SandboxRecord record)
    {
        if (record is { State: RecordedState.Paused, Init: null }) return record;
        var now = services.Time.GetUtcNow();
        var paused = record with { State = RecordedState.Paused, Init = null, EndAt = record.EndAt < now ? record.EndAt : now };
        paused.Write(folder);
        return paused;
    }

    private async Task RemoveAsync(SandboxFolder folder)
    {
        try
        {
            folder.DeleteRecord();
            await EndRemainsAsync(folder);
            folder.Delete();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            services.Log.FolderStays(folder.SandboxId, failure);
        }
    }

    private async Task EndRemainsAsync(SandboxFolder folder)
    {
        if (_alive.Contains(folder.SandboxId)) OpenCage.KillAll(folder.SandboxId);
        await SandboxDisk.UnmountAsync(folder.FullPath);
    }

    private Sandbox SandboxOf(SandboxFolder folder, Cell? cell, SandboxRecord record) =>
        Sandbox.Adopt(folder, cell, data.TokensOf(folder.SandboxId), record, services);

    private void Count(Fate fate) => _report = fate switch
    {
        Fate.Adopted => _report with { Adopted = _report.Adopted + 1 },
        Fate.Paused => _report with { Paused = _report.Paused + 1 },
        Fate.PausedLate => _report with { Paused = _report.Paused + 1, Orphans = _report.Orphans + 1 },
        Fate.Ended => _report with { Orphans = _report.Orphans + 1 },
        _ => _report with { Gone = _report.Gone + 1 },
    };
}
