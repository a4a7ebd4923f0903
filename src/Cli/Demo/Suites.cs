namespace Colloquy.Cli.Demo;

internal static class Suites
{
    public const string Basic = "basic";
    public const string MultiTurn = "multi-turn";
    public const string Streaming = "streaming";

    public static readonly IReadOnlyList<string> Names = [Basic, MultiTurn, Streaming];

    public static readonly IReadOnlyList<Check> All = [.. BasicSuite.Checks, .. MultiTurnSuite.Checks, .. StreamingSuite.Checks];
}
