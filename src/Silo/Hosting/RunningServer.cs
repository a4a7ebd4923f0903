using System.Diagnostics;
using System.Text.Json;
using Colloquy.Silo.Storage;

namespace Colloquy.Silo;

/// <summary>The note in a data folder that says which server holds it: <c>server.json</c>.</summary>
public static class RunningServer
{
    /// <returns>The URL of the server that holds the folder, or null if none runs.</returns>
    public static string? FindUrl(string dataFolder)
    {
        try
        {
            var note = JsonSerializer.Deserialize<Note>(File.ReadAllBytes(Path.Combine(dataFolder, DataFolderLock.InfoFile)), JsonSerializerOptions.Web);
            using var process = note is null ? null : Process.GetProcessById(note.Pid);
            // A killed server leaves its note, and its pid may have gone to another program since.
            return note is not null && process!.StartTime.ToUniversalTime().Ticks / TimeSpan.TicksPerSecond == note.StartedAt
                ? note.Url
                : null;
        }
        catch (Exception exception) when (
            exception is IOException or UnauthorizedAccessException or JsonException or ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }

    internal static void Write(string dataFolder, string url)
    {
        using var self = Process.GetCurrentProcess();
        var note = new Note(url, self.Id, self.StartTime.ToUniversalTime().Ticks / TimeSpan.TicksPerSecond);
        File.WriteAllBytes(Path.Combine(dataFolder, DataFolderLock.InfoFile), JsonSerializer.SerializeToUtf8Bytes(note, JsonSerializerOptions.Web));
    }

    internal static void Remove(string dataFolder) => File.Delete(Path.Combine(dataFolder, DataFolderLock.InfoFile));

    /// <param name="StartedAt">When the process started, in seconds since year 1: tells a reused pid.</param>
    private sealed record Note(string Url, int Pid, long StartedAt);
}
