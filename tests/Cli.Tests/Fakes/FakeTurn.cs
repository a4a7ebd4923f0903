using System.Text.Json.Nodes;

namespace Colloquy.Cli.Tests.Fakes;

/// <summary>What a script does with a message.</summary>
internal sealed class FakeTurn(FakeSession session, string id, string prompt)
{
    public string Id => id;

    public string Prompt => prompt;

    public void Running() => session.Append("session.status_running", id, []);

    public void Answer(string text)
    {
        Running();
        Say(text);
        End("completed");
    }

    public void Say(string text) => session.Append("agent.message", id, new JsonObject
    {
        ["content"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = text }),
    });

    public void Tool(string command, string stdout, string stderr = "", int exitCode = 0)
    {
        session.Append("agent.tool_use", id, new JsonObject
        {
            ["name"] = "Bash",
            ["input"] = new JsonObject { ["command"] = command },
            ["tool_use_id"] = "toolu_1",
        });
        session.Append("agent.tool_result", id, new JsonObject
        {
            ["tool_use_id"] = "sevt_1",
            ["content"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = stdout + stderr }),
            ["is_error"] = exitCode != 0,
            ["stdout"] = stdout,
            ["stderr"] = stderr,
            ["exit_code"] = exitCode,
        });
    }

    public void Fail(string category, int? exitCode)
    {
        Running();
        session.Append("session.error", id, new JsonObject
        {
            ["error"] = FakeJson.Error(category, exitCode),
        });
        End("failed");
    }

    public void End(string outcome) => session.Append("session.status_idle", id, new JsonObject
    {
        ["stop_reason"] = new JsonObject { ["type"] = "end_turn" },
        ["outcome"] = outcome,
        ["duration_seconds"] = 1.25,
        ["cost"] = FakeJson.Totals(1),
        ["sandbox"] = new JsonObject { ["sandbox_id"] = "sbx1", ["seconds"] = 1.5, ["vcpus"] = 2, ["memory_mib"] = 512, ["usd"] = 0.00002 },
        ["trace"] = new JsonObject { ["trace_id"] = new string('a', 32), ["span_id"] = new string('b', 16) },
        ["output_warnings"] = 0,
    });
}
