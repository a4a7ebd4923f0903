using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Processes;
using Colloquy.SandboxHost.Sandboxes;

namespace Colloquy.SandboxHost.DataPlane;

/// <summary>Reads and writes the messages about processes.</summary>
internal static class ProcessRequests
{
    /// <exception cref="ConnectException">It cannot be started like this.</exception>
    internal static ProcessSpec ToSpec(StartRequest request, DateTimeOffset? deadline)
    {
        if (request.Pty is not null) throw NoPty();
        if (request.Process is not { Cmd: { Length: > 0 } program } process)
            throw new ConnectException(ConnectException.InvalidArgument, "process.cmd is missing");
        var environment = process.Envs ?? new Dictionary<string, string>();
        if (environment.Keys.FirstOrDefault(name => !EntryScript.IsVariableName(name)) is { } wrong)
            throw new ConnectException(ConnectException.InvalidArgument, $"'{wrong}' cannot name a variable");
        if (process.Args?.Prepend(program).Concat(environment.Values).Any(text => text is null || text.Contains('\0')) ?? false)
            throw new ConnectException(ConnectException.InvalidArgument, "an argument or variable is null or holds a NUL");
        return new ProcessSpec(program, process.Args ?? [], environment, process.Cwd, request.Tag, request.Stdin ?? true, deadline);
    }

    internal static ProcessInfo ToInfo(SandboxProcess process)
    {
        var spec = process.Spec;
        return new ProcessInfo(
            new ProcessConfig(
                spec.Program,
                spec.Arguments.Count > 0 ? spec.Arguments : null,
                spec.Environment.Count > 0 ? spec.Environment : null,
                string.IsNullOrEmpty(spec.Folder) ? null : spec.Folder),
            process.Pid,
            spec.Tag);
    }

    /// <exception cref="ConnectException">There is none, or its end is forgotten.</exception>
    internal static SandboxProcess Find(Sandbox sandbox, ProcessSelector? selector)
    {
        if (selector is null or { Pid: null, Tag: null })
            throw new ConnectException(ConnectException.InvalidArgument, "process.pid or process.tag is missing");
        return sandbox.Processes.Find(selector.Pid, selector.Tag) ?? throw NotFound(selector);
    }

    /// <exception cref="ConnectException">There is none that still runs.</exception>
    internal static SandboxProcess FindRunning(Sandbox sandbox, ProcessSelector? selector) =>
        Find(sandbox, selector) is { IsRunning: true } process ? process : throw NotFound(selector);

    /// <exception cref="ConnectException">It is not such a message.</exception>
    internal static T Parse<T>(byte[] payload, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(payload, type) ?? throw new JsonException("null is not a message");
        }
        catch (JsonException malformed)
        {
            throw new ConnectException(ConnectException.InvalidArgument, $"unmarshal message: {malformed.Message}");
        }
    }

    internal static ConnectException NoPty() =>
        new(ConnectException.Unimplemented, "pty: this host has no terminals; start the process without one");

    private static ConnectException NotFound(ProcessSelector? selector) => new(
        ConnectException.NotFound,
        selector?.Pid is { } pid ? $"process with pid {pid} not found" : $"process with tag {selector?.Tag} not found");
}
