namespace Colloquy.SandboxHost.Sandboxes;

/// <summary>What a cell is built like.</summary>
/// <param name="Template">The name of its template.</param>
internal sealed record CellShape(string Template, NetworkMode Network)
{
    /// <summary>What most sandboxes are.</summary>
    internal static CellShape Usual(NetworkMode network) => new(Templates.Template.BaseName, network);
}
