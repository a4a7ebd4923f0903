using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;

namespace Colloquy.Cli.Tests.Fakes;

internal sealed class FakeSession(string id)
{
    /// <summary>What its agent calls.</summary>
    public string Model { get; init; } = "offline-1";

    public string Runtime { get; init; } = "offline";

    private readonly Lock _lock = new();
    private readonly List<JsonObject> _events = [];
    private TaskCompletionSource _changed = NewSignal();
    private FakeTurn? _running;
    private int _turns;

    public string Id => id;

    public string Status { get; private set; } = "idle";

    public IEnumerable<JsonNode> Events
    {
        get
        {
            lock (_lock)
            {
                return [.. _events.Select(item => item.DeepClone())];
            }
        }
    }

    public JsonObject ToJson() => new()
    {
        ["type"] = "session",
        ["id"] = id,
        ["status"] = Status,
        ["title"] = null,
        ["agent"] = new JsonObject { ["id"] = "agent_offline", ["version"] = 1, ["runtime"] = Runtime, ["name"] = "Offline", ["model"] = new JsonObject { ["id"] = Model } },
        ["created_at"] = "2026-01-31T10:00:00Z",
        ["updated_at"] = "2026-01-31T10:00:01Z",
        ["turn_timeout_seconds"] = 600,
        ["running_turn_id"] = null,
        ["queued_messages"] = 0,
        ["turns"] = _turns,
        ["sandbox_id"] = Status == "terminated" ? null : "sbx1",
        ["cost"] = FakeJson.Totals(_turns),
        ["last_sequence"] = _events.Count,
    };

    public (FakeTurn Turn, JsonNode Stored) Begin(string prompt)
    {
        _turns++;
        var turn = new FakeTurn(this, $"turn_{_turns}", prompt);
        _running = turn;
        var stored = Append("user.message", turn.Id, new JsonObject
        {
            ["content"] = new JsonArray(new JsonObject { ["type"] = "text", ["text"] = prompt }),
        });
        return (turn, stored.DeepClone());
    }

    public JsonNode Interrupt()
    {
        var stored = Append("user.interrupt", null, []);
        _running?.End("interrupted");
        return stored.DeepClone();
    }

    public void End()
    {
        Status = "terminated";
        Append("session.status_terminated", null, []);
    }

    public JsonObject Append(string type, string? turnId, JsonObject data)
    {
        lock (_lock)
        {
            var sequence = _events.Count + 1L;
            data["type"] = type;
            data["id"] = $"sevt_{sequence}";
            data["sequence"] = sequence;
            data["created_at"] = "2026-01-31T10:00:00Z";
            data["turn_id"] = turnId;
            _events.Add(data);
            var changed = _changed;
            _changed = NewSignal();
            changed.SetResult();
            return data;
        }
    }

    public async IAsyncEnumerable<JsonNode> FollowAsync(
        long after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var position = (int)after; ;)
        {
            Task changed;
            List<JsonNode> news;
            lock (_lock)
            {
                changed = _changed.Task;
                news = [.. _events.Skip(position).Select(item => item.DeepClone())];
            }

            foreach (var item in news)
            {
                position++;
                yield return item;
            }

            if (news.Count == 0)
            {
                await changed.WaitAsync(cancellationToken);
            }
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
