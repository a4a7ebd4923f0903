namespace Colloquy.SandboxHost.Limits;

/// <summary>What holds the processes of a sandbox from their first moment.</summary>
/// <param name="EntryScript">Lines that every command's shell runs first.</param>
internal sealed record CageLimits(SandboxCgroup Cgroup, string EntryScript)
{
    internal static CageLimits None { get; } = new(SandboxCgroup.None, "");
}
