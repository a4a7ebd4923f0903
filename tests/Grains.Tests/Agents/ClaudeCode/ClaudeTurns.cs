using Colloquy.Agents;
using Colloquy.Grains.Agents;
using Colloquy.Grains.Agents.ClaudeCode;
using Colloquy.Sessions;

namespace Colloquy.Grains.Tests.Agents.ClaudeCode;

internal static class ClaudeTurns
{
    public const string Token = "cqt_sesn_1.turn_1.99.c2ln-X_";

    public static readonly AgentDefinition Agent =
        new("agent_1", 1, "Claude", AgentRuntime.ClaudeCode, "claude-opus-5-5");

    public static readonly ModelAccess Gateway = new(Direct: false, null, Token, IsOAuth: false);

    public static AgentTurn Turn(int number, string prompt = "Hello", ModelAccess? model = null) => new(
        new SessionId("sesn_1"), new TurnId($"turn_{number}"), prompt, number,
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", model ?? Gateway);

    public static AgentRun Prepare(AgentDefinition agent, ModelAccess? model = null) =>
        new ClaudeCodeRuntime(new ModelAccessOptions()).Prepare(agent, Turn(1, model: model));

    public static IEnumerable<string> Flags(AgentDefinition agent) =>
        Prepare(agent).Command.SkipWhile(argument => argument != "-p").Where(argument => argument.StartsWith('-'));

    public static AgentDefinition With(string mode, bool others, params (string Name, ToolPolicy Policy)[] named) =>
        Agent with
        {
            PermissionMode = mode,
            Tools = new AgentTools(
                ToolPolicy.Allowed with { Enabled = others }, named.ToDictionary(tool => tool.Name, tool => tool.Policy)),
        };
}
