namespace Colloquy.Cli.Demo;

internal static class Suites
{
    public const string Basic = "basic";
    public const string MultiTurn = "multi-turn";
    public const string Streaming = "streaming";

    public static readonly IReadOnlyList<string> Names = [Basic, MultiTurn, Streaming];

    /// <param name="isOffline">The agent does what it is told word by word, and calls no model.</param>
    public static IReadOnlyList<Check> For(bool isOffline) => isOffline
        ? [.. BasicSuite.Checks, .. MultiTurnSuite.Checks, .. StreamingSuite.Checks]
        : [.. LiveSuite.Checks, .. MultiTurnSuite.Checks, .. LiveStreamingSuite.Checks];
}
