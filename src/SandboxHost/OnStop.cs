namespace Colloquy.SandboxHost;

/// <summary>What becomes of running sandboxes when their server stops. When it is killed, they are always kept.</summary>
public enum OnStop
{
    /// <summary>Their processes end, their files stay.</summary>
    Pause,

    /// <summary>They run on until their time is over. The next server on the same data takes them over.</summary>
    Keep,

    /// <summary>They are removed.</summary>
    Kill,
}
