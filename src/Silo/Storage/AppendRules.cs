using Colloquy.Grains.Sessions;

namespace Colloquy.Silo.Storage;

/// <summary>What every store checks before it takes a change: mistakes of the caller that no retry can heal.</summary>
internal static class AppendRules
{
    /// <exception cref="ArgumentException">A change contradicts itself. Nothing of the batch was written.</exception>
    public static void Check(IReadOnlyList<SessionAppend> batch)
    {
        foreach (var append in batch)
        {
            Check(append);
        }
    }

    private static void Check(SessionAppend append)
    {
        var row = append.Row;
        var first = row.Head - append.Events.Count + 1;
        if (row.Revision < 1 || first < 1)
        {
            throw Broken(append, $"revision {row.Revision} and head {row.Head} cannot follow from any row");
        }

        for (var i = 0; i < append.Events.Count; i++)
        {
            if (append.Events[i].Sequence != first + i)
            {
                throw Broken(append, $"event {i} has sequence {append.Events[i].Sequence} instead of {first + i}");
            }
        }

        if (append.Ledger.Any(entry => entry.Session != row.Id || entry.Sequence < first || entry.Sequence > row.Head))
        {
            throw Broken(append, "a ledger entry belongs to none of its events");
        }

        if (append.Uploads.Any(upload => upload.Session != row.Id))
        {
            throw Broken(append, "an upload belongs to another session");
        }
    }

    private static ArgumentException Broken(SessionAppend append, string what) =>
        new($"The change of session {append.Row.Id} is inconsistent: {what}.");
}
