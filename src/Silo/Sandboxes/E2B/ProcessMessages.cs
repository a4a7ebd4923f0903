using System.Text.Json.Serialization;

namespace Colloquy.Silo.Sandboxes.E2B;

// Messages of process.Process/Start. Servers omit members that have their default value: a missing exit code is 0.

internal sealed record StartRequest(
    [property: JsonPropertyName("process")] ProcessConfig Process,
    [property: JsonPropertyName("stdin")] bool Stdin);

internal sealed record ProcessConfig(
    [property: JsonPropertyName("cmd")] string Command,
    [property: JsonPropertyName("args")] IReadOnlyList<string> Arguments,
    [property: JsonPropertyName("envs")] IReadOnlyDictionary<string, string>? Environment,
    [property: JsonPropertyName("cwd")] string? WorkingDirectory);

internal sealed record StreamMessage([property: JsonPropertyName("event")] StreamEvent? Event);

/// <summary>One of these is set, or none that we know: a keepalive.</summary>
internal sealed record StreamEvent(
    [property: JsonPropertyName("start")] StartEvent? Start,
    [property: JsonPropertyName("data")] DataEvent? Data,
    [property: JsonPropertyName("end")] EndEvent? End);

internal sealed record StartEvent([property: JsonPropertyName("pid")] int Pid);

internal sealed record DataEvent(
    [property: JsonPropertyName("stdout")] byte[]? Stdout,
    [property: JsonPropertyName("stderr")] byte[]? Stderr);

internal sealed record EndEvent(
    [property: JsonPropertyName("exitCode")] int ExitCode,
    [property: JsonPropertyName("status")] string? Status);

internal sealed record StreamTrailer([property: JsonPropertyName("error")] E2BError? Error);
