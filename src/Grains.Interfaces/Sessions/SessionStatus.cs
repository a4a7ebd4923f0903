namespace Colloquy.Sessions;

/// <summary>The statuses of the Managed Agents API.</summary>
public static class SessionStatus
{
    public const string Idle = "idle";
    public const string Running = "running";
    public const string Rescheduling = "rescheduling";
    public const string Terminated = "terminated";

    public static readonly IReadOnlyList<string> All = [Idle, Running, Rescheduling, Terminated];
}
