using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Colloquy.Sessions;

namespace Colloquy.Grains.Sessions;

/// <summary>
/// The conversation as the agent in the sandbox reads it: JSON lines with role and text, turn by turn. Only what the
/// sandbox's file lacks is written, so a turn costs the same however long the conversation is.
/// </summary>
internal sealed class History(ISessionStore store)
{
    private static readonly string[] Types = [EventTypes.StatusRunning, EventTypes.AgentMessage];

    // Models read the lines as they stand, and pay for each escape.
    private static readonly JsonWriterOptions Readable = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>
    /// The turns that began after sequence <paramref name="after"/> and before <paramref name="before"/>.
    /// </summary>
    public async Task<ReadOnlyMemory<byte>> ReadAsync(
        SessionId session, long after, long before, CancellationToken cancellationToken)
    {
        var lines = new ArrayBufferWriter<byte>();
        long? position = after;
        while (position is not null && position < before - 1)
        {
            var page = await store.ReadAsync(
                session, new EventQuery(position, SessionLimits.MaxPageSize, Types: Types), cancellationToken);
            foreach (var stored in page.Events.TakeWhile(stored => stored.Sequence < before))
            {
                await WriteAsync(lines, session, stored, cancellationToken);
            }

            position = page.Next;
        }

        return lines.WrittenMemory;
    }

    /// <summary>
    /// A message may have been queued long before its turn: it is written where its turn begins, not where it arrived.
    /// </summary>
    private async Task WriteAsync(
        ArrayBufferWriter<byte> lines, SessionId session, SessionEvent stored, CancellationToken cancellationToken)
    {
        switch (EventJson.Read(stored))
        {
            case StatusRunning running:
                var message = await store.FindEventAsync(session, running.MessageId, cancellationToken);
                if (message is not null && EventJson.Read(message) is UserMessage said)
                {
                    WriteLine(lines, "user", said.Text);
                }

                break;
            case AgentMessage answer:
                WriteLine(lines, "assistant", answer.Text);
                break;
        }
    }

    private static void WriteLine(ArrayBufferWriter<byte> lines, string role, string text)
    {
        using (var json = new Utf8JsonWriter(lines, Readable))
        {
            json.WriteStartObject();
            json.WriteString("role", role);
            json.WriteString("text", text);
            json.WriteEndObject();
        }

        lines.Write("\n"u8);
    }
}
