namespace Colloquy.Grains.Sandboxes;

/// <summary>Something went wrong with a sandbox rather than with what runs in it.</summary>
public sealed class SandboxException(SandboxFailure failure, string message, Exception? inner = null)
    : Exception(message, inner)
{
    public SandboxFailure Failure { get; } = failure;
}

public enum SandboxFailure
{
    /// <summary>The sandbox was killed, has expired, or never existed.</summary>
    Gone,

    /// <summary>The provider did not answer, answered with a server error, or a stream broke.</summary>
    Unavailable,

    /// <summary>The provider has no room: a limit of concurrent sandboxes or a rate limit.</summary>
    LimitReached,

    /// <summary>The provider refuses the request: a wrong key, an unknown template, bad input.</summary>
    Refused,
}
