namespace Colloquy.Cli.Demo;

/// <summary>One thing that the demo shows and proves.</summary>
/// <param name="Purpose">What it is for, for someone who never saw the project.</param>
/// <param name="Expect">What should come out.</param>
internal sealed record Check(
    string Suite, string Name, string Purpose, string Expect, Func<CheckRun, CancellationToken, Task> RunAsync)
{
    /// <summary>Why it is left out; null if it is not.</summary>
    public string? LeftOut { get; init; }
}

/// <summary>A criterion of a check, and what came out.</summary>
internal sealed record Finding(string Criterion, bool Holds, string CameOut);
