using System.Text.Json;

namespace Colloquy.Web.Agents;

// These describe request bodies to readers of the OpenAPI document; requests are read by hand, because errors name the
// field.

/// <param name="Name">Required; 1 to 256 characters.</param>
/// <param name="Model">Required; a full model id, or <c>{"id":"..."}</c>.</param>
/// <param name="Description">At most 2048 characters.</param>
/// <param name="System">Said to the model beside what the runtime itself says; at most 100,000 characters.</param>
/// <param name="Tools">agent_toolset_20260401 and mcp_toolset; default: everything the runtime has.</param>
/// <param name="McpServers">Servers that are reached over HTTP: <c>{"type":"url","name":"...","url":"..."}</c>.</param>
/// <param name="LocalMcpServers">Programs in the sandbox: <c>{"name":"...","command":["..."],"variables":{}}</c>.</param>
/// <param name="Metadata">Up to 16 pairs; keys up to 64 characters, values up to 512.</param>
/// <param name="Runtime">claude-code (default), python, command or offline.</param>
/// <param name="PermissionMode">bypassPermissions (default), default, acceptEdits, dontAsk or plan.</param>
/// <param name="MaxTurns">The most model round trips of one turn.</param>
/// <param name="TurnTimeoutSeconds">How long a turn may take where the session does not say: 1 to 86400.</param>
/// <param name="Command">The program and its arguments; for the runtime command only.</param>
/// <param name="Variables">Environment variables of the agent's process. They are shown to whoever reads the agent.</param>
/// <param name="UsageSource">Whose token counts are booked: gateway or output.</param>
/// <param name="Tracing"><c>{"agent_spans":true}</c></param>
internal record CreateAgentBody(
    string? Name = null,
    JsonElement? Model = null,
    string? Description = null,
    string? System = null,
    IReadOnlyList<JsonElement>? Tools = null,
    IReadOnlyList<JsonElement>? McpServers = null,
    IReadOnlyList<JsonElement>? LocalMcpServers = null,
    IReadOnlyDictionary<string, string>? Metadata = null,
    string? Runtime = null,
    string? PermissionMode = null,
    int? MaxTurns = null,
    double? TurnTimeoutSeconds = null,
    IReadOnlyList<string>? Command = null,
    IReadOnlyDictionary<string, string>? Variables = null,
    string? UsageSource = null,
    JsonElement? Tracing = null);

/// <summary>The members of a create, all optional: what is left out stays, null clears.</summary>
/// <param name="Version">The version that the change is meant for: 409 if it is not the latest.</param>
internal sealed record UpdateAgentBody(int? Version = null) : CreateAgentBody;
