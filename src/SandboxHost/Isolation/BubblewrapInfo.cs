using System.Text.Json;

namespace Colloquy.SandboxHost.Isolation;

/// <summary>What bubblewrap says about the sandbox it makes.</summary>
internal static class BubblewrapInfo
{
    /// <returns>The host's pid of the first process inside; null if it failed before there was one.</returns>
    internal static async Task<int?> ReadChildPidAsync(Stream info)
    {
        try
        {
            using var json = await JsonDocument.ParseAsync(info);
            return json.RootElement.GetProperty("child-pid").GetInt32();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    internal static string ReadErrors(SandboxFolder folder) => File.ReadAllText(folder.Errors).Trim();
}
