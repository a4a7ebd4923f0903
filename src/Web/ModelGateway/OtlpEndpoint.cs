using System.Diagnostics.Metrics;
using System.Text.Json;
using Colloquy.Client;
using Colloquy.Models;
using Colloquy.Sessions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Colloquy.Web.ModelGateway;

/// <summary>
/// Takes what agents export over OTLP. Their spans join the trace of their turn; their logs and metrics are dropped: the
/// journal has what they say.
/// </summary>
internal sealed partial class OtlpEndpoint(ModelCallClient calls, ILogger log)
{
    /// <summary>As the server's other meters are called, which this project cannot see.</summary>
    private const string MeterName = "Colloquy";

    private static readonly Meter Meter = new(MeterName);

    private static readonly Counter<long> SpansIgnored =
        Meter.CreateCounter<long>(
            "colloquy.agent_spans.ignored", "{span}", "Spans of agents that are not of their turn's trace, or too many");

    private static readonly byte[] Accepted = "{\"partialSuccess\":{}}"u8.ToArray();

    public async Task TakeTracesAsync(HttpContext context, TurnClaims turn, ReadOnlyMemory<byte> body)
    {
        if (context.Request.ContentType?.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) != true ||
            !string.IsNullOrEmpty(context.Request.Headers.ContentEncoding))
        {
            await new GatewayError(
                StatusCodes.Status415UnsupportedMediaType, "invalid_request_error",
                "Traces are taken as uncompressed JSON only: set OTEL_EXPORTER_OTLP_PROTOCOL=http/json.").WriteAsync(context);
            return;
        }

        try
        {
            var (spans, ignored) = OtlpSpans.Read(
                body, await calls.FindTraceIdAsync(turn.Session, turn.Turn));
            if (spans.Count > 0)
            {
                await calls.AddSpansAsync(turn.Session, turn.Turn, spans);
            }

            if (ignored > 0)
            {
                SpansIgnored.Add(ignored);
                LogIgnored(ignored, turn.Turn.Value, turn.Session.Value);
            }

            await AcceptAsync(context);
        }
        catch (JsonException)
        {
            await GatewayError.Invalid("The body is not JSON.").WriteAsync(context);
        }
        catch (SessionNotFoundException)
        {
            await GatewayError.TurnOver.WriteAsync(context);
        }
    }

    public static async Task AcceptAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = Accepted.Length;
        await context.Response.Body.WriteAsync(Accepted, context.RequestAborted);
    }

    [LoggerMessage(
        Level = LogLevel.Debug, Message = "{Count} spans of {Turn} in {Session} are not of its trace or too many, and were left out")]
    private partial void LogIgnored(int count, string turn, string session);
}
