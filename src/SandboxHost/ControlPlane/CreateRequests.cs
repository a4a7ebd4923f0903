using Colloquy.SandboxHost.Http;
using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Network;
using Colloquy.SandboxHost.Sandboxes;
using Colloquy.SandboxHost.Templates;

namespace Colloquy.SandboxHost.ControlPlane;

/// <summary>Checks what a create asks for.</summary>
internal sealed class CreateRequests(TemplateStore templates, SandboxNetworks networks, string gatewayName)
{
    /// <exception cref="ApiException">It is wrong, or asks for what this host does not have.</exception>
    /// <exception cref="TemplateException">The template is there and cannot be used.</exception>
    internal async Task<SandboxRequest> ReadAsync(CreateBody body, int defaultTimeout, CancellationToken cancellationToken)
    {
        var timeout = Timeouts.Valid(body.Timeout ?? defaultTimeout);
        if (body.TemplateId is null) throw new ApiException(400, "validation error: \"templateID\" is missing");
        CheckLifecycle(body);
        RefuseUnsupported(body);
        var environment = ValidEnvironment(body);
        var rules = NetworkRules.Parse(body.AllowInternetAccess, body.Network, gatewayName);
        var network = rules.Mode ?? networks.Default;
        networks.Demand(network);
        // Last, since it may have to be installed first.
        var template = await templates.FindAsync(body.TemplateId, cancellationToken)
            ?? throw new ApiException(
                404, $"template '{body.TemplateId}' not found. Here are: {string.Join(", ", templates.Names)}");
        return new SandboxRequest(
            template.Name,
            network,
            timeout,
            body.Metadata ?? [],
            environment,
            body.AutoPause,
            body.AutoPauseMemory ?? true,
            body.AutoResume?.Enabled ?? false,
            rules.IsPublic);
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
