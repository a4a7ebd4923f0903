using System.Text.Json.Nodes;

namespace Colloquy.Cli.Tests.Fakes;

internal static class FakeJson
{
    public static JsonObject Totals(int turns) => new()
    {
        ["tokens"] = new JsonObject
        {
            ["input"] = 100 * turns,
            ["output"] = 20 * turns,
            ["cache_write_5m"] = 5 * turns,
            ["cache_write_1h"] = 0,
            ["cache_read"] = 7 * turns,
        },
        ["model_calls"] = turns,
        ["unpriced_calls"] = 0,
        ["model_nano_usd"] = 1_000_000 * turns,
        ["sandbox_seconds"] = 1.5 * turns,
        ["vcpu_seconds"] = 3.0 * turns,
        ["gib_seconds"] = 0.75 * turns,
        ["sandbox_nano_usd"] = 20_000 * turns,
        ["unpriced_sandbox_slices"] = 0,
    };

    public static JsonObject Costs()
    {
        var row = Totals(2);
        row["key"] = "offline-1";
        return new JsonObject
        {
            ["by"] = "model",
            ["from"] = "2026-01-01",
            ["to"] = "2026-01-31",
            ["currency"] = "USD",
            ["rows"] = new JsonArray(row),
            ["totals"] = Totals(2),
            ["notes"] = new JsonArray("prices of model offline-1 are demo prices"),
        };
    }

    public static JsonObject Files(string? folder) => new()
    {
        ["path"] = folder is null ? "/home/user" : "/home/user/" + folder,
        ["data"] = new JsonArray(
            File("src", "folder", 0), File("data.bin", "file", 1_234_567), File("latest", "link", 6, "/tmp/x"),
            File("evil\u001b[31m", "file", 1)),
    };

    public static JsonObject Sandboxes() => new()
    {
        ["data"] = new JsonArray(Sandbox("sbx1", "sesn_1", "paused", held: true), Sandbox("sbx2", null, "running", held: false)),
        ["running"] = 1,
        ["paused"] = 1,
        ["orphans"] = 1,
        ["swept_since_start"] = 7,
    };

    private static JsonObject File(string name, string type, long size, string? target = null) => new()
    {
        ["name"] = name,
        ["path"] = "/home/user/" + name,
        ["type"] = type,
        ["size"] = size,
        ["modified_at"] = "2026-01-31T10:00:00Z",
        ["link_target"] = target,
    };

    private static JsonObject Sandbox(string id, string? session, string state, bool held) => new()
    {
        ["id"] = id,
        ["session_id"] = session,
        ["state"] = state,
        ["since"] = "2026-01-31T10:00:00Z",
        ["until"] = state == "running" ? "2026-01-31T10:05:00Z" : null,
        ["vcpus"] = 2,
        ["memory_mib"] = 512,
        ["held"] = held,
    };

    public static JsonObject Error(string category, int? exitCode) => new()
    {
        ["type"] = "unknown_error",
        ["message"] = "The agent ended with an error.",
        ["retry_status"] = new JsonObject { ["type"] = "terminal" },
        ["category"] = category,
        ["code"] = "agent_exit",
        ["exit_code"] = exitCode,
        ["elapsed_seconds"] = 2.5,
        ["sandbox_id"] = "sbx1",
        ["prompt"] = "Fail",
        ["stdout"] = "last words\n",
        ["stderr"] = "a\u001b[31mlament\n",
    };
}
