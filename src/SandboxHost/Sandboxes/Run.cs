using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Processes;

namespace Colloquy.SandboxHost.Sandboxes;

/// <summary>What there is of a sandbox only while it runs.</summary>
internal sealed record Run(ICage Cage, ProcessList Processes)
{
    internal static Run Of(ICage cage, SandboxRequest request, TimeProvider time)
    {
        var processes = new ProcessList(cage, request.EnvVars, time);
        processes.Adopt();
        return new Run(cage, processes);
    }
}
