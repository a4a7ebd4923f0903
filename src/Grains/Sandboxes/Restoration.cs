using System.Globalization;
using Colloquy.Grains.Sessions;

namespace Colloquy.Grains.Sandboxes;

/// <summary>What a sandbox that took the place of a lost one begins with.</summary>
/// <param name="HasCheckpoint">The files are those of the session's checkpoint.</param>
/// <param name="Notice">In words for the user.</param>
public sealed record Restoration(bool HasCheckpoint, string Notice)
{
    private const string Replaced = "The session's sandbox was gone. The conversation was taken over into a new one";

    internal static string From(SessionState state, WorkspaceCheckpoint checkpoint, long limit) =>
        $"{Replaced}, with the files as they were after turn {checkpoint.Turn} ({Time(checkpoint)}); what was " +
        $"changed in them later is lost.{Reason(state, limit)}";

    internal static string Nothing(SessionState state, long limit) =>
        $"{Replaced}; files in the old one are lost.{Reason(state, limit)}";

    internal static string Unusable(WorkspaceCheckpoint checkpoint, string problem) =>
        $"{Replaced}; files in the old one are lost, because their copy of turn {checkpoint.Turn} " +
        $"({Time(checkpoint)}) could not be used: {problem}.";

    private static string Time(WorkspaceCheckpoint checkpoint) =>
        checkpoint.TakenAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    private static string Reason(SessionState state, long limit) => state.Oversized is { } oversized
        ? string.Create(
            CultureInfo.InvariantCulture,
            $" Since turn {oversized.SinceTurn} they were too large to be copied (limit: {limit / 1024 / 1024} MiB).")
        : "";
}
