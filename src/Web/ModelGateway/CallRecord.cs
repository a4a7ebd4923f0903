using Colloquy.Models;
using Microsoft.AspNetCore.Http;

namespace Colloquy.Web.ModelGateway;

/// <summary>What becomes known of one model call while it runs.</summary>
internal sealed class CallRecord(ModelCallStart start, TimeProvider time)
{
    public const string StreamCut = "stream_cut";
    public const string ConnectionFailed = "connection_failed";
    public const string Cancelled = "cancelled";

    private readonly long _begun = time.GetTimestamp();
    private double? _firstToken;
    private ModelCallError? _failure;

    public AnswerReader Answer { get; } = new();

    public int? Status { get; set; }

    public string? RequestId { get; set; }

    /// <summary>Its end is stored, or is being stored: what happens from now on is not part of the call.</summary>
    public bool IsEnded { get; set; }

    private bool HasSucceeded => Status is >= StatusCodes.Status200OK and < StatusCodes.Status300MultipleChoices;

    private double Elapsed => time.GetElapsedTime(_begun).TotalSeconds;

    /// <summary>The first content of the answer is there.</summary>
    public void SeeContent() => _firstToken ??= Elapsed;

    /// <summary>It ended without its end.</summary>
    /// <param name="type"><see cref="StreamCut"/>, <see cref="ConnectionFailed"/> or <see cref="Cancelled"/>.</param>
    public void Fail(string type, string message) => _failure ??= new ModelCallError(type, message);

    /// <param name="secret">Is not stored, whatever the provider says.</param>
    public ModelCallEnd ToEnd(string secret)
    {
        var error = _failure ?? ReportedError();
        return new ModelCallEnd(
            start.CallId, Answer.Model ?? start.Model, Answer.Usage.Tokens, Status, Elapsed)
        {
            TimeToFirstToken = _firstToken,
            MessageId = Answer.MessageId,
            RequestId = RequestId,
            StopReason = Answer.StopReason,
            // An answer that is an error from its first byte is whole; one that promised a message is not.
            Incomplete = error is not null && (_failure is not null || HasSucceeded),
            Error = error is null ? null : error with { Message = Redaction.Of(error.Message, secret) },
            WebSearches = Answer.Usage.WebSearches,
            WebFetches = Answer.Usage.WebFetches,
            Terms = Answer.Usage.Terms,
        };
    }

    private ModelCallError? ReportedError() =>
        Answer.ErrorType is { } type ? new ModelCallError(type, Answer.ErrorMessage ?? "")
        : !HasSucceeded ? new ModelCallError("api_error", $"The provider answered {Status} without saying why.")
        : !Answer.HasMessage ? new ModelCallError("api_error", "The provider's answer is not a message.")
        : null;
}
