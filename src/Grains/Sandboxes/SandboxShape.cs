using Colloquy.Environments;
using Colloquy.Grains.Agents;
using Colloquy.Grains.Sessions;
using Colloquy.Sessions;

namespace Colloquy.Grains.Sandboxes;

/// <summary>What the sandbox of a session is made like.</summary>
public sealed record SandboxShape(string Template, SandboxReach Reach, SandboxLimits? Limits)
{
    /// <summary>
    /// What the session's environment says goes before what its agent needs, and that before the server's default.
    /// Pure.
    /// </summary>
    public static SandboxShape Of(
        SandboxSettings settings, IAgentRuntime runtime, ModelAccessOptions models, SandboxLeaseOptions options) => new(
        settings.Template ?? options.TemplateFor(runtime),
        runtime.CallsModels ? ReachOf(settings.Network, models) : new SandboxReach(false, settings.Network),
        settings.Limits);

    /// <summary>
    /// An agent that calls its provider itself has to reach that, and needs no gateway. Nor does one that may do
    /// without a model where there is none: its host need not have a gateway.
    /// </summary>
    private static SandboxReach ReachOf(SandboxNetwork network, ModelAccessOptions models)
    {
        if (models.Direct is not { BaseUrl: { } provider })
        {
            return new SandboxReach(ModelGateway: models.Missing is null, network);
        }

        var hosts = network.AllowedHosts.Append(new Uri(provider).Host).Distinct();
        return new SandboxReach(
            ModelGateway: false, network.Unrestricted ? network : network with { AllowedHosts = [.. hosts] });
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
            return SandboxShape.Of(
                session.Environment ?? SandboxSettings.Default, agents.RuntimeOf(agent), models, options);
        }
        catch (InvalidInputException exception)
        {
            throw new SandboxException(SandboxFailure.Refused, exception.Message, exception);
        }
    }
}
