using System.Globalization;
using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Linux;

namespace Colloquy.SandboxHost.Tests.Support;

/// <summary>The host's view of what runs in sandboxes.</summary>
internal static class SandboxProcesses
{
    /// <summary>All that were started with the sandbox's mark: bubblewrap, its first process, commands, waiting shells.</summary>
    internal static IReadOnlyList<int> Of(string sandboxId) =>
    [
        .. ProcessTable.WithVariable(SandboxEnvironment.IdVariable)
            .Where(process => process.Value == sandboxId).Select(process => process.Pid),
    ];

    internal static int ParentOf(int pid)
    {
        var stat = File.ReadAllText($"/proc/{pid}/stat");
        return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
    }
}
