using System.Collections.Immutable;

namespace Colloquy.Emulators;

/// <summary>What the emulator answers: content, or an error, and what goes wrong on the way.</summary>
public sealed record Reply
{
    private Reply()
    {
    }

    public ImmutableArray<Block> Blocks { get; private init; } = [];

    /// <summary>Why the model stopped. Default: <c>tool_use</c> if it uses one, else <c>end_turn</c>.</summary>
    public string? StopReason { get; init; }

    /// <summary>What it is billed for. Default: an estimate by the sizes of request and answer.</summary>
    public Usage? Usage { get; init; }

    /// <summary>The model that answers. Default: the one asked for.</summary>
    public string? Model { get; init; }

    /// <summary>An answer that is none.</summary>
    public ErrorReply? Failure { get; private init; }

    /// <summary>Where it waits: before the headers (a number below 0), or after so many frames.</summary>
    internal ImmutableDictionary<int, Gate> Gates { get; private init; } = ImmutableDictionary<int, Gate>.Empty;

    /// <summary>After how many frames the connection breaks; a number below 0: before the headers.</summary>
    internal int? CutAt { get; private init; }

    /// <summary>After how many frames an error event ends the stream, and which.</summary>
    internal (int After, ErrorReply Error)? ErrorEvent { get; private init; }

    public static Reply Of(params ReadOnlySpan<Block> blocks) => new() { Blocks = [.. blocks] };

    public static Reply Text(string text) => Of(new Block.Text(text));

    /// <inheritdoc cref="Block.ToolUse"/>
    public static Reply ToolUse(string name, object input) => Of(new Block.ToolUse(name, input));

    /// <param name="type">For example <c>overloaded_error</c>.</param>
    public static Reply Error(
        int status, string type, string message = "Scripted.", params (string Name, string Value)[] headers) =>
        new() { Failure = new ErrorReply(status, type, message, [.. headers]) };

    /// <summary>Sends not even headers before the gate opens.</summary>
    public Reply HoldHeaders(Gate gate) => this with { Gates = Gates.SetItem(-1, gate) };

    /// <summary>Waits after so many frames of the stream (0: after the headers).</summary>
    public Reply HoldAfter(int frames, Gate gate) => this with { Gates = Gates.SetItem(frames, gate) };

    /// <summary>Breaks the connection without a word.</summary>
    public Reply CutHeaders() => this with { CutAt = -1 };

    /// <summary>Breaks the connection after so many frames of the stream.</summary>
    public Reply CutAfter(int frames) => this with { CutAt = frames };

    /// <summary>Ends the stream with an error event after so many frames.</summary>
    public Reply ErrorAfter(int frames, string type = "overloaded_error", string message = "Overloaded") =>
        this with { ErrorEvent = (frames, new ErrorReply(200, type, message, [])) };
}

/// <param name="Type">For example <c>overloaded_error</c>.</param>
/// <param name="Headers">In addition to the usual ones.</param>
public sealed record ErrorReply(
    int Status, string Type, string Message, ImmutableArray<(string Name, string Value)> Headers);
