using Microsoft.Extensions.Logging;

namespace Colloquy.Web.Errors;

internal sealed partial class ErrorMiddleware
{
    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed ({RequestId})")]
    private partial void LogFailure(Exception error, string method, string path, string requestId);
}
