using Colloquy.SandboxHost.Http;
using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Limits;
using Colloquy.SandboxHost.Network;
using Colloquy.SandboxHost.Sandboxes;
using Colloquy.SandboxHost.Templates;

namespace Colloquy.SandboxHost.ControlPlane;

/// <summary>Checks what a create asks for.</summary>
internal sealed class CreateRequests(
    TemplateStore templates, SandboxNetworks networks, LimitRequests limits, string gatewayName, TimeProvider time)
{
    /// <summary>Less than the time after which clients of E2B's give a request up: what they hear then says nothing.</summary>
    private static readonly TimeSpan InstallPatience = TimeSpan.FromSeconds(45);

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
        networks.Demand(network, rules.NeedsGateway);
        // Last, since it may have to be installed first.
        var template = await FindTemplateAsync(body.TemplateId, cancellationToken);
        return new SandboxRequest(
            template.Name,
            network,
            timeout,
            body.Metadata ?? [],
            environment,
            body.AutoPause,
            body.AutoPauseMemory ?? true,
            body.AutoResume?.Enabled ?? false,
            rules.IsPublic,
            limits.Resolve(body, template))
        {
            TemplateHash = template.Hash,
        };
    }

    private async Task<Template> FindTemplateAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await templates.FindAsync(name, cancellationToken).WaitAsync(InstallPatience, time, cancellationToken)
                ?? throw new ApiException(404, $"template '{name}' not found. Here are: {string.Join(", ", templates.Names)}");
        }
        catch (TimeoutException)
        {
            throw new ApiException(503, $"template '{name}' is still being installed, which happens once. Try again in a minute.");
        }
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
