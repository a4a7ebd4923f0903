using Colloquy.SandboxHost.Http;
using Colloquy.SandboxHost.Sandboxes;

namespace Colloquy.SandboxHost.ControlPlane;

/// <summary>Times as calls have them: whole seconds.</summary>
internal static class Timeouts
{
    private const int ShortestRefresh = 15;
    private const int LongestRefresh = 3600;
    private static readonly int Longest = (int)Sandbox.LongestRun.TotalSeconds;

    /// <summary>Of a run that starts.</summary>
    /// <exception cref="ApiException">400</exception>
    internal static TimeSpan Valid(int seconds)
    {
        if (seconds <= 0) throw new ApiException(400, "Timeout must be greater than 0");
        return seconds <= Longest
            ? TimeSpan.FromSeconds(seconds)
            : throw new ApiException(400, $"Timeout cannot be greater than {Sandbox.LongestRun.TotalHours} hours");
    }

    /// <summary>Of a run that goes on: too much is not an error there, 0 ends it.</summary>
    /// <exception cref="ApiException">400</exception>
    internal static TimeSpan Clamped(int? seconds) => seconds is >= 0 and var valid
        ? TimeSpan.FromSeconds(Math.Min(valid, Longest))
        : throw new ApiException(400, "validation error: \"timeout\" must be a number of seconds, 0 or more");

    /// <exception cref="ApiException">400</exception>
    internal static TimeSpan Refresh(int seconds) => seconds is >= 0 and <= LongestRefresh
        ? TimeSpan.FromSeconds(Math.Max(seconds, ShortestRefresh))
        : throw new ApiException(400, $"validation error: \"duration\" must be between 0 and {LongestRefresh}");
}
