using Colloquy.Environments;
using Colloquy.Grains.Agents;
using Colloquy.Grains.Sessions;
using Colloquy.Sessions;

namespace Colloquy.Grains.Sandboxes;

/// <summary>What the sandbox of a session is made like.</summary>
public sealed record SandboxShape(string Template, SandboxReach Reach, SandboxLimits? Limits)
{
    /// <summary>Where the provider of the models listens if nothing else is configured.</summary>
    private const string ProviderHost = "api.anthropic.com";

    /// <summary>What the session's environment says goes before what its agent needs, and that before the server's default. Pure.</summary>
    public static SandboxShape Of(
        SandboxSettings settings, IAgentRuntime runtime, ModelAccessOptions models, SandboxLeaseOptions options) => new(
        settings.Template ?? options.TemplateFor(runtime),
        ReachOf(settings.Network, runtime.CallsModels, models.Direct),
        settings.Limits);

    /// <summary>An agent that calls its provider itself has to reach that, and needs no gateway.</summary>
    private static SandboxReach ReachOf(SandboxNetwork network, bool callsModels, ModelAccess? direct)
    {
        if (!callsModels || direct is null)
        {
            return new SandboxReach(callsModels, network);
        }

        var host = direct.BaseUrl is { } url ? new Uri(url).Host : ProviderHost;
        var reached = network.Unrestricted ? network : network with { AllowedHosts = [.. network.AllowedHosts.Append(host).Distinct()] };
        return new SandboxReach(ModelGateway: false, reached);
    }
}

/// <summary>Finds out what the sandbox of a session is made like.</summary>
public sealed class SandboxShapes(AgentCatalog agents, ModelAccessOptions models, SandboxLeaseOptions options)
{
    /// <summary>
    /// Agent and environment are pinned, so it is always the same on one server, and nothing of it has to be stored.
    /// </summary>
    /// <exception cref="SandboxException">Its agent cannot run here, or not any more.</exception>
    public async Task<SandboxShape> OfAsync(SessionState session)
    {
        try
        {
            var agent = await agents.FindAsync(session.Agent.Id, session.Agent.Version);
            return SandboxShape.Of(session.Environment ?? SandboxSettings.Default, agents.RuntimeOf(agent), models, options);
        }
        catch (InvalidInputException exception)
        {
            throw new SandboxException(SandboxFailure.Refused, exception.Message, exception);
        }
    }
}
