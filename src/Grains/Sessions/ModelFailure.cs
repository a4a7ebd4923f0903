using Colloquy.Errors;
using Colloquy.Grains.Agents;

namespace Colloquy.Grains.Sessions;

/// <summary>
/// A turn that failed for its model calls: what the agent says about it, with what the gateway saw. Pure.
/// </summary>
/// <param name="Status">HTTP status; null if the provider did not answer.</param>
/// <param name="Code">The provider's error type, or what stands for one.</param>
/// <param name="RequestId">The provider's id of the request; null if no gateway saw it.</param>
internal sealed record ModelFailure(int? Status, string Code, string Said, string? RequestId)
{
    private const string Unnamed = "api_error";

    /// <summary>Null if it did not fail for that.</summary>
    public static ModelFailure? Of(AgentResult? result, FailedCall? seen) => result switch
    {
        // No result at all: the agent broke off after the call that failed.
        null => seen is null ? null : new ModelFailure(seen.Status, seen.Type, seen.Message, seen.RequestId),
        { IsError: true } when SpeaksOfCall(result) => From(result, seen),
        { IsError: true, TerminalReason: null } when seen is not null => From(result, seen),
        _ => null,
    };

    /// <summary>One of <see cref="ApiErrorType"/>.</summary>
    public string ApiType => (Status, Code) switch
    {
        (429, _) or (null, "rate_limit_error") => ApiErrorType.ModelRateLimited,
        (529, _) or (null, "overloaded_error") => ApiErrorType.ModelOverloaded,
        _ => ApiErrorType.ModelRequestFailed,
    };

    /// <summary>What happened, why, and what to do.</summary>
    public string Message => $"{What}: {Said.TrimEnd('.', ' ')}. {Advice}";

    private string What => this switch
    {
        { Status: { } status, Code: Unnamed } => $"The model's provider answered {status}",
        { Status: { } status } => $"The model's provider answered {status} ({Code})",
        { Code: "connection_failed" } => "The model's provider could not be reached, or cut the connection",
        { Code: Unnamed } => "The model call failed",
        _ => $"The model call failed ({Code})",
    };

    private string Advice => (Status, Code) switch
    {
        (400, _) or (_, "invalid_request_error") =>
            "The provider does not accept the request. If the conversation has become too long for the model, go on " +
            "in a new session.",
        (401, _) or (_, "authentication_error") =>
            "The provider refused the key of this server: check ANTHROPIC_API_KEY.",
        (402, _) or (_, "billing_error") =>
            "The provider's account of this server cannot pay: check its billing.",
        (403, _) or (_, "permission_error") =>
            "The key of this server may not do this: check what its workspace allows, and that the agent's model is " +
            "open to it.",
        (404, _) or (_, "not_found_error") =>
            "The provider does not have the agent's model: check the model's id in the agent's definition.",
        (413, _) or (_, "request_too_large") =>
            "The request was too large for the provider: send less at once, or go on in a new session.",
        (429, _) or (_, "rate_limit_error") =>
            "The rate limit of this server's key is used up. Wait a little and send the message again, or ask the " +
            "provider for a higher limit.",
        (529, _) or (_, "overloaded_error") => "The provider is overloaded. Send the message again later.",
        (408 or 504, _) or (_, "timeout_error" or "timeout") =>
            "The provider took too long. Send the message again.",
        ( >= 500, _) => "The provider failed. Send the message again; its status page may know more.",
        (null, "connection_failed") =>
            "Check this server's network and ANTHROPIC_BASE_URL, then send the message again.",
        (null, Unnamed) when Said.StartsWith("Not logged in", StringComparison.Ordinal) =>
            "The agent was given no credential: set ANTHROPIC_API_KEY for this server.",
        _ => "Send the message again.",
    };

    private static bool SpeaksOfCall(AgentResult result) =>
        result is not { ApiStatus: null, ApiErrorType: null, ApiError: null } || result.TerminalReason == Unnamed;

    private static ModelFailure From(AgentResult result, FailedCall? seen)
    {
        // The last call that failed need not be the one that the agent gave up for.
        var same = result.ApiStatus is null || result.ApiStatus == seen?.Status ? seen : null;
        return new ModelFailure(
            result.ApiStatus ?? same?.Status, result.ApiErrorType ?? same?.Type ?? result.ApiError ?? Unnamed,
            same?.Message ?? result.Text ?? "it gave no reason", same?.RequestId);
    }
}
