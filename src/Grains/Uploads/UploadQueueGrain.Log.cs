using Microsoft.Extensions.Logging;

namespace Colloquy.Grains.Uploads;

internal sealed partial class UploadQueueGrain
{
    [LoggerMessage(
        LogLevel.Warning,
        "The trace of {Turn} could not be sent to {Destination} (attempt {Attempts}): {Reason} Next try in {Seconds:0.0} s.")]
    private partial void LogRetry(string turn, string destination, int attempts, string reason, double seconds);

    [LoggerMessage(
        LogLevel.Error,
        "The trace of {Turn} was refused by {Destination} for good (attempt {Attempts}) and is put aside as dead: {Reason}")]
    private partial void LogDead(string turn, string destination, int attempts, string reason);

    [LoggerMessage(LogLevel.Error, "The upload rows could not be read or written; sending goes on in {Seconds:0} s.")]
    private partial void LogStoreFailed(Exception error, double seconds);
}
