using System.Text.Json.Serialization;
using Colloquy.SandboxHost.Limits;

namespace Colloquy.SandboxHost.Sandboxes;

/// <summary>What a sandbox was asked to be. Kept with it for as long as there is any of it.</summary>
/// <param name="Template">The name of its template.</param>
/// <param name="Timeout">How long it runs, at first and when a call to it resumes it.</param>
/// <param name="EnvVars">Added to the environment of every process.</param>
/// <param name="AutoPause">At its timeout it is paused instead of killed.</param>
/// <param name="AutoPauseMemory">With it, its processes are frozen then, where that can be done.</param>
/// <param name="AutoResume">A call to it resumes it.</param>
/// <param name="IsPublic">False if callers of ports inside must show a token.</param>
/// <param name="Limits">Null for what the host gives sandboxes that ask for nothing.</param>
internal sealed record SandboxRequest(
    string Template,
    NetworkMode Network,
    TimeSpan Timeout,
    IReadOnlyDictionary<string, string> Metadata,
    IReadOnlyDictionary<string, string> EnvVars,
    bool AutoPause = false,
    bool AutoPauseMemory = true,
    bool AutoResume = false,
    bool IsPublic = true,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] SandboxLimits? Limits = null)
{
    /// <summary>Of the template as it was when this was asked for.</summary>
    internal string TemplateHash { get; init; } = "";

    internal CellShape Shape => new(Template, Network, Limits) { TemplateHash = TemplateHash };
}
