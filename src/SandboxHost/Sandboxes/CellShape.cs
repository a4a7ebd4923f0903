using Colloquy.SandboxHost.Limits;

namespace Colloquy.SandboxHost.Sandboxes;

/// <summary>What a cell is built like.</summary>
/// <param name="Template">The name of its template.</param>
/// <param name="Limits">Null for what the host gives sandboxes that ask for nothing.</param>
internal sealed record CellShape(string Template, NetworkMode Network, SandboxLimits? Limits)
{
    /// <summary>Of the template as it was when this was asked for: a template may be changed.</summary>
    internal string TemplateHash { get; init; } = "";
}
