using System.Text.Json;
using System.Text.Json.Serialization;

namespace Colloquy.SandboxHost.DataPlane;

internal sealed record StartRequest(ProcessConfig? Process, JsonElement? Pty, string? Tag, bool? Stdin);

internal sealed record ProcessConfig(
    string? Cmd, IReadOnlyList<string>? Args, IReadOnlyDictionary<string, string>? Envs, string? Cwd);

internal sealed record SelectRequest(ProcessSelector? Process);

internal sealed record ProcessSelector(int? Pid, string? Tag);

internal sealed record SignalRequest(ProcessSelector? Process, string? Signal);

internal sealed record InputRequest(ProcessSelector? Process, InputData? Input);

/// <summary>One message of StreamInput; keepalives have neither.</summary>
internal sealed record StreamInputRequest(SelectRequest? Start, InputRequest? Data);

internal sealed record InputData(byte[]? Stdin, JsonElement? Pty);

internal sealed record ListResponse(IReadOnlyList<ProcessInfo>? Processes);

internal sealed record ProcessInfo(ProcessConfig Config, int Pid, string? Tag);

internal sealed record WrittenFile(string Path, string Name, string Type, IReadOnlyDictionary<string, string>? Metadata);

internal sealed record ComposeRequest(
    [property: JsonPropertyName("source_paths")] IReadOnlyList<string>? SourcePaths, string? Destination, string? Username);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(StartRequest))]
[JsonSerializable(typeof(SelectRequest))]
[JsonSerializable(typeof(SignalRequest))]
[JsonSerializable(typeof(InputRequest))]
[JsonSerializable(typeof(StreamInputRequest))]
[JsonSerializable(typeof(ListResponse))]
[JsonSerializable(typeof(IReadOnlyList<WrittenFile>))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
[JsonSerializable(typeof(ComposeRequest))]
internal sealed partial class DataPlaneJson : JsonSerializerContext;
