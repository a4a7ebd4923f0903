namespace Colloquy.SandboxHost.Limits;

/// <summary>How full the disk of a sandbox is, in bytes.</summary>
internal readonly record struct DiskUsage(long Used, long Total);
