using Colloquy.Grains.Sessions;
using Colloquy.Models;
using Colloquy.Sessions;

namespace Colloquy.Grains.Agents;

/// <summary>How the agent of one turn reaches its model.</summary>
/// <param name="Direct">It calls the provider itself, with the provider's key. Else the gateway, with the turn's token.</param>
/// <param name="BaseUrl">Null for what <c>$COLLOQUY_GATEWAY_URL</c> says in the sandbox.</param>
/// <param name="Credential">Never logged, never stored.</param>
/// <param name="IsOAuth">The credential is an OAuth token of the provider (direct only).</param>
public sealed record ModelAccess(bool Direct, string? BaseUrl, string Credential, bool IsOAuth)
{
    // Without the credential: text ends in logs.
    public override string ToString() => Direct ? "direct" : "gateway";
}

/// <summary>How agents reach models from this server's sandboxes.</summary>
public sealed record ModelAccessOptions
{
    /// <summary>Why no model can be called here, and what to do; null if one can.</summary>
    public string? Missing { get; init; }

    /// <summary>The gateway's address as sandboxes see it; null for what their host tells them.</summary>
    public string? GatewayUrl { get; init; }

    /// <summary>Null unless agents are to be handed the provider's key.</summary>
    public ModelAccess? Direct { get; init; }
}

/// <summary>Gives each turn its own access to the model.</summary>
public sealed class ModelAccessIssuer(ModelAccessOptions options, TurnTokens tokens)
{
    /// <summary>How long after its deadline a turn may still be ending.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    /// <summary>Agents are handed the provider's key.</summary>
    public bool Direct => options.Direct is not null;

    public bool ThroughGateway => !Direct && options.Missing is null;

    /// <returns>Null if no model can be called here.</returns>
    public ModelAccess? For(SessionId session, RunningTurn turn) => !ThroughGateway
        ? options.Direct
        : new ModelAccess(
            Direct: false, options.GatewayUrl, tokens.Issue(session, turn.Id, turn.Deadline + Grace), IsOAuth: false);
}
