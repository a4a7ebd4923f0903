namespace Colloquy.Grains.Agents;

/// <summary>The variables of a runtime's program.</summary>
/// <param name="Defaults">An agent may set others.</param>
/// <param name="Fixed">An agent cannot change these.</param>
/// <param name="Spans">Added, as fixed ones, for an agent whose own spans join the turn's trace.</param>
internal sealed record ProgramVariables(
    IReadOnlyDictionary<string, string> Defaults,
    IReadOnlyDictionary<string, string> Fixed,
    IReadOnlyDictionary<string, string> Spans)
{
    private static readonly Dictionary<string, string> Nothing = [];

    public static readonly ProgramVariables None = new(Nothing, Nothing, Nothing);
}
