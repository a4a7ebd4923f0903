using System.ComponentModel;
using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Limits;

namespace Colloquy.SandboxHost;

/// <summary>Tells whether sandboxes can be isolated on this machine, by making one.</summary>
public static class BubblewrapProbe
{
    private static readonly string[] Needed = ["bwrap", "perl", "setpriv"];

    private static readonly TimeSpan LongestProbe = TimeSpan.FromMinutes(1);

    private const string Install = "apt-get install bubblewrap perl util-linux";

    /// <returns>Null if it works; else what is missing and what to do about it.</returns>
    public static string? Check()
    {
        if (!OperatingSystem.IsLinux()) return "Isolated sandboxes need Linux with bubblewrap.";
        string[] missing = [.. Needed.Where(tool => SystemPath.Find(tool) is null)];
        if (missing.Length > 0)
            return $"Isolated sandboxes need {string.Join(", ", missing)}, not found in {SystemPath.Value}. Install: {Install}";
        var folder = Directory.CreateTempSubdirectory("colloquy-probe-");
        try
        {
            return TryAsync(folder.FullName).GetAwaiter().GetResult();
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<string?> TryAsync(string folder)
    {
        try
        {
            var sandbox = new SandboxFolder(Path.Combine(folder, "probe"));
            sandbox.Prepare();
            Deadline.Write(sandbox.Deadline, LongestProbe);
            var nothing = new Dictionary<string, string>();
            var cage = await BubblewrapCage.CreateAsync(
                sandbox,
                SandboxEtc.Write(folder),
                nothing,
                EntrySettings.Of(sandbox, BubblewrapArguments.Home, nothing, CageLimits.None));
            using (await cage.EnterAsync()) await cage.KillAsync();
            return null;
        }
        catch (SandboxGoneException)
        {
            return "A sandbox was made but no command could enter it: setns is not allowed here.";
        }
        catch (Exception failure) when (failure is InvalidOperationException or Win32Exception)
        {
            return $"{failure.Message}. The kernel must allow user namespaces to this user: inside a container, run it "
                + "privileged; on Ubuntu 24.04 and later, `sysctl kernel.apparmor_restrict_unprivileged_userns=0` "
                + $"or run the server as root. If bubblewrap is older than 0.8: {Install}";
        }
    }
}
