using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Colloquy.Costs;
using Colloquy.Uploads;
using Colloquy.Web.Agents;
using Colloquy.Web.Costs;
using Colloquy.Web.Environments;
using Colloquy.Web.Errors;
using Colloquy.Web.Health;
using Colloquy.Web.Sandboxes;
using Colloquy.Web.Sessions;

namespace Colloquy.Web;

/// <summary>How this API writes JSON.</summary>
internal static class ApiJson
{
    public static readonly JsonSerializerOptions Options = Configure(new JsonSerializerOptions());

    public static JsonSerializerOptions Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.RespectNullableAnnotations = true;
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping; // never part of an HTML page
        options.Converters.Add(new SecondsJsonConverter());
        options.TypeInfoResolverChain.Insert(0, ApiJsonContext.Default);
        return options;
    }
}

[JsonSerializable(typeof(AgentResource))]
[JsonSerializable(typeof(AgentList))]
[JsonSerializable(typeof(CreateAgentBody))]
[JsonSerializable(typeof(UpdateAgentBody))]
[JsonSerializable(typeof(EnvironmentResource))]
[JsonSerializable(typeof(EnvironmentList))]
[JsonSerializable(typeof(DeletedEnvironment))]
[JsonSerializable(typeof(EnvironmentBody))]
[JsonSerializable(typeof(SessionResource))]
[JsonSerializable(typeof(SessionList))]
[JsonSerializable(typeof(DeletedSession))]
[JsonSerializable(typeof(EventListBody))]
[JsonSerializable(typeof(EventBatchBody))]
[JsonSerializable(typeof(CreateSessionBody))]
[JsonSerializable(typeof(SendEventsBody))]
[JsonSerializable(typeof(CostReportResource))]
[JsonSerializable(typeof(UploadStatus))]
[JsonSerializable(typeof(FileList))]
[JsonSerializable(typeof(StoredFile))]
[JsonSerializable(typeof(SandboxList))]
[JsonSerializable(typeof(HealthBody))]
[JsonSerializable(typeof(SdkError))]
[JsonSerializable(typeof(Problem))]
internal sealed partial class ApiJsonContext : JsonSerializerContext;
