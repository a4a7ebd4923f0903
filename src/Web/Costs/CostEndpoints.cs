using Colloquy.Client;
using Colloquy.Sessions;
using Colloquy.Web.OpenApi;
using Colloquy.Web.Requests;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;

namespace Colloquy.Web.Costs;

/// <summary>What was spent.</summary>
internal static class CostEndpoints
{
    private const int DefaultDays = 30;
    private const int MaxDays = 366;

    public static void MapCosts(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/costs", ReportAsync)
            .WithTags("Costs")
            .WithSummary("Costs by day, model or session")
            .WithDescription("Sums of the cost ledger over a range of UTC days, at most 366; the last 30 without a range.")
            .WithQuery("by", "day (default), model or session.")
            .WithQuery("from", "First UTC day, yyyy-MM-dd.")
            .WithQuery("to", "Last UTC day, yyyy-MM-dd, included; default today.")
            .ProducesProblems(400);

    private static async Task<Ok<CostReportResource>> ReportAsync(
        HttpContext context, CostClient costs, TimeProvider time, IOptions<ColloquyWebOptions> options)
    {
        var query = context.Request.Query;
        var (by, grouping) = ReadGrouping(query.Text("by"));
        var (from, to) = ReadRange(query, DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime));
        var report = await costs.ReportAsync(grouping, from, to, context.RequestAborted);
        return TypedResults.Ok(CostReportResource.Of(report, by, CostNotes.For(report, options.Value)));
    }

    private static (string Name, CostGrouping Grouping) ReadGrouping(string? by) => by switch
    {
        null or "day" => ("day", CostGrouping.Day),
        "model" => (by, CostGrouping.Model),
        "session" => (by, CostGrouping.Session),
        _ => throw new InvalidInputException("by", $"must be 'day', 'model' or 'session', not '{by}'."),
    };

    private static (DateOnly From, DateOnly To) ReadRange(IQueryCollection query, DateOnly today)
    {
        var to = ReadDay(query, "to") ?? today;
        var from = ReadDay(query, "from") ?? DateOnly.FromDayNumber(Math.Max(0, to.DayNumber - DefaultDays + 1));
        if (from > to)
        {
            throw new InvalidInputException("from", $"{from:yyyy-MM-dd} is after the last day, {to:yyyy-MM-dd}.");
        }

        var days = to.DayNumber - from.DayNumber + 1;
        return days <= MaxDays
            ? (from, to)
            : throw new InvalidInputException("from", $"{days} days are more than the {MaxDays} of one report.");
    }

    private static DateOnly? ReadDay(IQueryCollection query, string name) =>
        query.Text(name) is not { } text ? null
        : DateOnly.TryParseExact(text, "yyyy-MM-dd", out var day) ? day
        : throw new InvalidInputException(name, $"must be a day as yyyy-MM-dd, not '{text}'.");
}
