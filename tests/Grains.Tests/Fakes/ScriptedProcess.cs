using System.Runtime.CompilerServices;
using System.Text;
using Colloquy.Grains.Sandboxes;

namespace Colloquy.Grains.Tests.Fakes;

/// <summary>One run of an agent in a scripted sandbox.</summary>
internal sealed class ScriptedProcess(string turn, IReadOnlyList<string> arguments, ScriptedSandbox sandbox)
{
    public string Turn => turn;

    /// <summary>A file that came with the start.</summary>
    public string File(string name) => arguments[arguments.ToList().LastIndexOf(name) + 1];

    public ScriptedSandbox Sandbox => sandbox;

    private readonly List<byte[]> _printed = [];
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _closed;
    private int _breaks;
    private int _limit = int.MaxValue;
    private readonly TaskCompletionSource _limitReached = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource ToldToStop { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Everything it printed from the beginning, then what it prints until it ends: what following a file is.</summary>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var breaks = _breaks;
        for (var next = 0; ;)
        {
            if (breaks != _breaks)
            {
                throw new SandboxException(SandboxFailure.Unavailable, "The stream broke.");
            }

            byte[][] found;
            Task more;
            lock (_printed)
            {
                found = [.. _printed.Take(_limit).Skip(next)];
                more = _more.Task;
                if (found.Length == 0 && _closed)
                {
                    yield break;
                }
            }

            foreach (var chunk in found)
            {
                yield return chunk;
                next++;
            }

            if (found.Length == 0)
            {
                if (next == _limit)
                {
                    _limitReached.TrySetResult();
                }

                await more.WaitAsync(cancellationToken);
            }
        }
    }

    /// <summary>Prints one line.</summary>
    public void Print(string line) => Change(() => _printed.Add(Encoding.UTF8.GetBytes(line + "\n")));

    /// <summary>Readers get so many lines and have to wait for the others; null for no limit.</summary>
    public void HoldBackAfter(int? lines) => Change(() => _limit = lines ?? int.MaxValue);

    /// <summary>Completes when a reader has taken in all that it may have.</summary>
    public Task LimitReached => _limitReached.Task;

    /// <summary>Whoever reads is cut off, as by a network that fails; the agent runs on.</summary>
    public void BreakStreams() => Change(() => _breaks++);

    public void Close() => Change(() => _closed = true);

    /// <summary>It ended with its sandbox, unless it had ended before.</summary>
    public bool IsKilled { get; private set; }

    public void Kill()
    {
        IsKilled |= !_closed;
        Close();
    }

    private void Change(Action change)
    {
        lock (_printed)
        {
            change();
            _more.SetResult();
            _more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Says something that costs tokens, as the real agent does.</summary>
    public void Say(string text, string messageId = "msg_1")
    {
        BeginCall(messageId);
        Complete(text, messageId);
    }

    /// <summary>Begins a message whose words come one by one.</summary>
    public void Begin(string messageId)
    {
        BeginCall(messageId);
        Print("""{"type":"stream_event","event":{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}}""");
    }

    /// <summary>More words of the message that was begun.</summary>
    public void Write(string piece) =>
        Print($$$"""{"type":"stream_event","event":{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"{{{piece}}}"} } }""");

    /// <summary>The whole message, and the end of its call.</summary>
    public void Complete(string text, string messageId)
    {
        Print($$$"""{"type":"assistant","message":{"id":"{{{messageId}}}","model":"offline-1","content":[{"type":"text","text":"{{{text}}}"}]}}""");
        Print("""{"type":"stream_event","event":{"type":"message_delta","usage":{"input_tokens":10,"output_tokens":5}}}""");
        Print("""{"type":"stream_event","event":{"type":"message_stop"}}""");
    }

    private void BeginCall(string messageId) =>
        Print($$$"""{"type":"stream_event","event":{"type":"message_start","message":{"id":"{{{messageId}}}","model":"offline-1","usage":{"input_tokens":10,"output_tokens":1} } } }""");

    /// <summary>Ends as an agent that is done.</summary>
    public void Finish(string text = "done")
    {
        Print($$$"""{"type":"result","subtype":"success","is_error":false,"result":"{{{text}}}","usage":{"input_tokens":0,"output_tokens":0},"model_usage_since_last_result":{} }""");
        Exit(0);
    }

    public void Exit(int code, string stderr = "")
    {
        Print($$"""{"type":"launcher_exit","exit_code":{{code}},"stderr":"{{Convert.ToBase64String(Encoding.UTF8.GetBytes(stderr))}}"}""");
        Close();
    }
}
