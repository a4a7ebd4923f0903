using System.Text;

namespace Colloquy.Grains.Sandboxes;

/// <summary>
/// A file that says whose workspace this is. A resumed sandbox may have lost what was written before its pause
/// (e2b-dev/E2B#884); then the file is missing.
/// </summary>
internal static class WorkspaceMarker
{
    /// <summary>Relative to the home folder.</summary>
    public const string Path = ".colloquy/lease";

    private const int Longest = 1024;

    public static Task WriteAsync(ISandbox sandbox, string lease, CancellationToken cancellationToken) =>
        sandbox.WriteAsync([new SandboxFile(Path, Encoding.UTF8.GetBytes(lease))], cancellationToken);

    public static async Task<bool> IsThereAsync(ISandbox sandbox, string lease, CancellationToken cancellationToken)
    {
        await using var file = await sandbox.ReadAsync(Path, cancellationToken);
        if (file is null)
        {
            return false;
        }

        var content = new byte[Longest];
        var length = await file.ReadAtLeastAsync(content, Longest, throwOnEndOfStream: false, cancellationToken);
        return Encoding.UTF8.GetString(content, 0, length) == lease;
    }
}
