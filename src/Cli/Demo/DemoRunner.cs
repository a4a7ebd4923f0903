namespace Colloquy.Cli.Demo;

/// <summary>Runs checks one after the other and sums them up.</summary>
internal sealed class DemoRunner(DemoSetting setting)
{
    /// <returns>True if every criterion of every check holds.</returns>
    public async Task<bool> RunAsync(IReadOnlyList<Check> checks, CancellationToken cancellationToken)
    {
        var outcomes = new List<CheckOutcome>();
        foreach (var check in checks)
        {
            setting.Screen.Title(outcomes.Count + 1, checks.Count, check);
            if (check.LeftOut is { } reason)
            {
                setting.Screen.Skipped("the whole check", reason);
            }

            outcomes.Add(check.LeftOut is not null ? CheckOutcome.LeftOut(check) : await RunAsync(check, cancellationToken));
        }

        setting.Screen.Summary(outcomes, setting.IsOffline, setting.DemoPrices);
        var held = outcomes.TrueForAll(outcome => outcome.Held);
        setting.Screen.Line(held ? "Every criterion holds." : "Not every criterion holds.");
        return held;
    }

    private async Task<CheckOutcome> RunAsync(Check check, CancellationToken cancellationToken)
    {
        var run = new CheckRun(setting);
        var started = setting.Time.GetTimestamp();
        try
        {
            await check.RunAsync(run, cancellationToken);
            await run.CleanUpAsync(cancellationToken);
            setting.Screen.Cost(run.Cost, setting.DemoPrices);
            run.RequireCost();
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // One broken check does not hide the others.
            setting.Screen.Broken(exception);
            run.Require("the check runs to its end", holds: false, exception.Message);
        }

        return new CheckOutcome(check, run.Held, run.Findings, setting.Time.GetElapsedTime(started), run.Cost);
    }
}
