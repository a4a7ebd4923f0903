using System.Text.Json;
using Colloquy.Cli.Api;
using Colloquy.Cli.Rendering;
using Colloquy.Cli.Turns;
using Colloquy.Costs;
using Colloquy.Errors;

namespace Colloquy.Cli.Commands;

/// <summary>The one object that <c>run --json</c> prints, whatever happens.</summary>
internal static class RunJson
{
    public static void Print(Screen output, TurnResult result) => Print(output, new Report(
        result.Answer, result.Outcome, result.Cost, result.SessionId, result.TurnId, result.Idle.DurationSeconds, result.Error));

    /// <summary>Turns what keeps the turn from running into the same object, with the exit code that fits.</summary>
    public static async Task<int> GuardAsync(CliContext context, Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (Exception exception) when (Failure.Explain(exception, context) is { } failure)
        {
            object? error = exception is ApiErrorException { Info: var info }
                ? info
                : new { type = failure.Code, message = failure.Message };
            Print(context.Output, new Report(null, "not_run", null, null, null, null, error));
            return failure.ExitCode;
        }
    }

    private static void Print(Screen output, Report report) =>
        output.Raw(JsonSerializer.Serialize(report, ApiJson.Printed));

    /// <param name="Outcome">completed, failed, interrupted; or not_run if there was no turn.</param>
    /// <param name="Error">A <see cref="TurnError"/>, or what kept the turn from running.</param>
    private sealed record Report(
        string? Answer,
        string Outcome,
        CostTotals? Cost,
        string? SessionId,
        string? TurnId,
        double? DurationSeconds,
        object? Error);
}
