using Colloquy.SandboxHost.Processes;

namespace Colloquy.SandboxHost.Sandboxes;

/// <summary>What there is of a sandbox only while it runs.</summary>
internal sealed record Run(Cell Cell, ProcessList Processes)
{
    internal static Run Of(Cell cell, SandboxRequest request, TimeProvider time)
    {
        var processes = new ProcessList(cell.Cage, request.EnvVars, time);
        processes.Adopt();
        return new Run(cell, processes);
    }
}
