using Colloquy.SandboxHost.Http;
using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Sandboxes;

namespace Colloquy.SandboxHost.ControlPlane;

/// <summary>Checks what a create asks for.</summary>
internal static class CreateRequests
{
    internal const string TemplateId = "base";

    internal static bool IsTemplate(string name) => string.Equals(name, TemplateId, StringComparison.OrdinalIgnoreCase);

    /// <exception cref="ApiException">It is wrong, or asks for what this host does not have.</exception>
    internal static SandboxRequest ToRequest(CreateBody body, int defaultTimeout)
    {
        var timeout = Timeouts.Valid(body.Timeout ?? defaultTimeout);
        CheckTemplate(body);
        CheckLifecycle(body);
        RefuseUnsupported(body);
        return new SandboxRequest(
            timeout,
            body.Metadata ?? [],
            ValidEnvironment(body),
            body.AutoPause,
            body.AutoPauseMemory ?? true,
            body.AutoResume?.Enabled ?? false,
            body.AllowInternetAccess,
            body.Network);
    }

    private static void CheckTemplate(CreateBody body)
    {
        if (body.TemplateId is null) throw new ApiException(400, "validation error: \"templateID\" is missing");
        if (!IsTemplate(body.TemplateId)) throw new ApiException(404, $"template '{body.TemplateId}' not found");
    }

    private static void CheckLifecycle(CreateBody body)
    {
        if (body.AutoPauseMemory is not false) return;
        if (!body.AutoPause) throw new ApiException(400, "autoPauseMemory: only a sandbox with autoPause may have it");
        if (body.AutoResume is { Enabled: true })
            throw new ApiException(400, "autoPauseMemory: false cannot be combined with autoResume");
    }

    private static void RefuseUnsupported(CreateBody body)
    {
        if (body.AllowInternetAccess == true)
            throw new ApiException(400, "allow_internet_access: this host gives its sandboxes no network");
        // MCP may be sent as null, which is the same as not at all.
        if (body.Mcp is { ValueKind: not System.Text.Json.JsonValueKind.Null }) throw Unsupported("mcp");
        if (body.Iam is not null) throw Unsupported("iam");
        if (body.VolumeMounts is { } mounts && mounts.ToString() != "[]") throw Unsupported("volumeMounts");
    }

    private static ApiException Unsupported(string member) => new(400, $"{member}: not supported by this host");

    private static Dictionary<string, string> ValidEnvironment(CreateBody body)
    {
        var variables = body.EnvVars ?? [];
        return variables.Keys.FirstOrDefault(name => !EntryScript.IsVariableName(name)) is { } wrong
            ? throw new ApiException(400, $"validation error: \"envVars\": '{wrong}' cannot name a variable")
            : variables;
    }
}
