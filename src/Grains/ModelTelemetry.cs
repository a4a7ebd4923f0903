using System.Diagnostics;
using System.Diagnostics.Metrics;
using Colloquy.Errors;
using Colloquy.Grains.Costs;
using Colloquy.Grains.Sessions;
using Colloquy.Sessions;

namespace Colloquy.Grains;

/// <summary>The metrics of model calls, recorded once each, when the end of a call is stored.</summary>
internal static class ModelTelemetry
{
    private const string OtherModel = "other";

    private static readonly Meter Meter = new(Telemetry.Name);

    private static readonly Histogram<long> Tokens = Meter.CreateHistogram(
        "gen_ai.client.token.usage", "{token}", advice: Buckets<long>(
            [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864]));

    private static readonly Histogram<double> Duration = Meter.CreateHistogram(
        "gen_ai.client.operation.duration", "s", advice: Buckets<double>(
            [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]));

    private static readonly Histogram<double> TimeToFirstToken = Meter.CreateHistogram(
        "gen_ai.client.operation.time_to_first_chunk", "s", advice: Buckets<double>(
            [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]));

    /// <summary>Turns whose tokens the gateway and the agent count differently.</summary>
    private static readonly Counter<long> Mismatches =
        Meter.CreateCounter<long>("colloquy.usage.mismatches", "{turn}");

    /// <summary>Whatever a stored change says of model calls.</summary>
    public static void Record(SessionChange change)
    {
        foreach (var stored in change.Events)
        {
            if (stored.Type == EventTypes.ModelRequestEnd)
            {
                Record((ModelRequestEnd)EventJson.Read(stored)!, change.Prices);
            }
            else if (stored.Type == EventTypes.UsageMismatch)
            {
                Mismatches.Add(1);
            }
        }
    }

    private static void Record(ModelRequestEnd end, PriceBook prices)
    {
        var tags = new TagList
        {
            { "gen_ai.operation.name", "chat" },
            { "gen_ai.provider.name", prices.IsDemo(end.Model) ? "colloquy" : "anthropic" },
            // The name comes from outside: what the price book does not know could be anything.
            { "gen_ai.response.model", prices.Knows(end.Model) ? end.Model : OtherModel },
        };
        if (!end.Estimated)
        {
            var tokens = end.ModelUsage.ToTokenUsage();
            Record(tokens.Prompt, "input", tags);
            Record(tokens.Output, "output", tags);
        }

        if (end.IsError)
        {
            tags.Add("error.type", end.HttpStatus is { } status ? $"{status}" : ErrorCategory.ApiError);
        }

        if (end.DurationSeconds is { } duration)
        {
            Duration.Record(duration, tags);
        }

        if (end.TimeToFirstTokenSeconds is { } first)
        {
            TimeToFirstToken.Record(first, tags);
        }
    }

    private static void Record(long tokens, string type, TagList tags)
    {
        tags.Add("gen_ai.token.type", type);
        Tokens.Record(tokens, tags);
    }

    private static InstrumentAdvice<T> Buckets<T>(T[] bounds) where T : struct => new() { HistogramBucketBoundaries = bounds };
}
