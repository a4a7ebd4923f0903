using Colloquy.Grains.Agents;

namespace Colloquy.Grains.Sandboxes;

/// <summary>How sessions hold their sandboxes.</summary>
public sealed record SandboxLeaseOptions
{
    /// <summary>How long after a turn a sandbox is paused. Default: 5 minutes.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long a turn must run, or be over, before anything is asked of the provider because of that: turns that
    /// follow each other closely need none of it. Default: 1 second.
    /// </summary>
    public TimeSpan SettleDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The template that sandboxes are made from. Default: <c>base</c>.</summary>
    public string Template { get; init; } = "base";

    /// <summary>What the provider calls the templates that agents need, where it is not what we call them.</summary>
    public IReadOnlyDictionary<string, string> Templates { get; init; } = new Dictionary<string, string>();

    /// <summary>The template of sandboxes for an agent, as the provider calls it.</summary>
    public string TemplateFor(IAgentRuntime runtime) =>
        runtime.Template is { } needed ? Templates.GetValueOrDefault(needed, needed) : Template;

    /// <summary>The largest archive of a workspace that is kept as a checkpoint, in bytes. Default: 256 MiB.</summary>
    public long CheckpointLimit { get; init; } = 256 * 1024 * 1024;
}
