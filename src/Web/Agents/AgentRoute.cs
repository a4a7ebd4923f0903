using Colloquy.Agents;
using Colloquy.Definitions;
using Microsoft.AspNetCore.Mvc;

namespace Colloquy.Web.Agents;

/// <summary>The agent that a route names.</summary>
internal readonly record struct AgentRoute([property: FromRoute(Name = "agent_id")] string AgentId)
{
    /// <exception cref="DefinitionNotFoundException">It is not even an id, so there cannot be such an agent.</exception>
    public AgentId Id => Colloquy.Agents.AgentId.TryParse(AgentId, out var id)
        ? id
        : throw new DefinitionNotFoundException("agent", $"'{AgentId}'");
}
