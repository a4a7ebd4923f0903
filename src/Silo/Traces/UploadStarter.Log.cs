namespace Colloquy.Silo.Traces;

internal sealed partial class UploadStarter
{
    [LoggerMessage(LogLevel.Information, "Traces stay local in {Folder}.")]
    private partial void LogLocal(string folder);

    [LoggerMessage(
        LogLevel.Information,
        "BRAINTRUST_API_KEY is set: uploading to Braintrust comes with a later version; traces stay local in {Folder}.")]
    private partial void LogBraintrustLater(string folder);

    [LoggerMessage(LogLevel.Warning, "The upload queue could not be woken; next try in {Seconds:0} s.")]
    private partial void LogNotWoken(Exception error, double seconds);
}
