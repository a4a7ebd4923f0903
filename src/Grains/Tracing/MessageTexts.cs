namespace Colloquy.Grains.Tracing;

/// <summary>
/// Finds the model call that each text of the model is the output of: by the id of the message, which the call's end
/// tells, perhaps long after the text; else it is the call that was open when the text came.
/// </summary>
internal sealed class MessageTexts
{
    private readonly Dictionary<string, OpenSpan> _calls = new(StringComparer.Ordinal);
    private readonly OrderedDictionary<string, Said> _unclaimed = new(StringComparer.Ordinal);
    private readonly Dictionary<OpenSpan, string> _outputs = [];
    private OpenSpan? _open;

    /// <param name="callId">The id of the message, where the agent's output is the source of the call.</param>
    public void Begin(OpenSpan call, string? callId)
    {
        _open = call;
        if (callId is not null)
        {
            Claim(call, callId);
        }
    }

    public void Say(string? text, string? messageId)
    {
        if (text is null)
        {
            return;
        }

        if (messageId is null)
        {
            Add(_open, text);
        }
        else if (_calls.TryGetValue(messageId, out var call))
        {
            Add(call, text);
        }
        else if (_unclaimed.TryGetValue(messageId, out var said))
        {
            said.Texts.Add(text);
        }
        else
        {
            _unclaimed.Add(messageId, new Said(_open, [text]));
        }
    }

    public void End(OpenSpan call, string? messageId)
    {
        if (messageId is not null)
        {
            Claim(call, messageId);
        }

        _open = ReferenceEquals(_open, call) ? null : _open;
    }

    /// <summary>What no call has claimed goes to the one that was open, if that has no words of its own.</summary>
    public void Complete()
    {
        foreach (var said in _unclaimed.Values.Where(said => said.Open is { Output: null }))
        {
            said.Texts.ForEach(text => Add(said.Open, text));
        }

        _unclaimed.Clear();
    }

    private void Claim(OpenSpan call, string messageId)
    {
        _calls[messageId] = call;
        if (_unclaimed.Remove(messageId, out var said))
        {
            said.Texts.ForEach(text => Add(call, text));
        }
    }

    private void Add(OpenSpan? call, string text)
    {
        if (call is not null)
        {
            _outputs[call] = _outputs.TryGetValue(call, out var before) ? $"{before}\n{text}" : text;
            call.Output = Json.Text(_outputs[call]);
        }
    }

    private sealed record Said(OpenSpan? Open, List<string> Texts);
}
