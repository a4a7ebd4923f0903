using Colloquy.SandboxHost.Linux;

namespace Colloquy.SandboxHost.Processes;

/// <summary>What a subscriber of a process gets.</summary>
internal abstract record ProcessOutput
{
    internal sealed record Data(ReadOnlyMemory<byte> Bytes, bool IsError) : ProcessOutput;

    /// <summary>Nothing happened for a while.</summary>
    internal sealed record KeepAlive : ProcessOutput;

    /// <summary>The last.</summary>
    internal sealed record End(ExitStatus Status) : ProcessOutput;
}
