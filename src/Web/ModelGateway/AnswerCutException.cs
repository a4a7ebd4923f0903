using Microsoft.Extensions.Logging;

namespace Colloquy.Web.ModelGateway;

/// <summary>
/// Ends an answer in the middle. Thrown to the web server, which then sends what it has and closes the connection without
/// the end of the answer; an abort may swallow what was sent before.
/// </summary>
internal sealed class AnswerCutException : Exception;

/// <summary>The web server's logs, without the cuts that it takes for errors of the application.</summary>
internal sealed class LogsWithoutCuts(ILoggerFactory inner) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => new Filter(inner.CreateLogger(categoryName));

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    public void Dispose()
    {
        // Not ours.
    }

    private sealed class Filter(ILogger inner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter)
        {
            if (exception is not AnswerCutException)
            {
                inner.Log(logLevel, eventId, state, exception, formatter);
            }
        }
    }
}
