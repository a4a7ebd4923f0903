namespace Colloquy.Silo.Hosting;

internal static class LoggingHosting
{
    /// <summary>One line per message; our own at Information, the frameworks' only when something is wrong.</summary>
    public static void AddServerLogging(this ILoggingBuilder logging, bool quiet)
    {
        logging.ClearProviders();
        logging.SetMinimumLevel(LogLevel.Warning);
        logging.AddFilter("Colloquy", LogLevel.Information);
        // It recommends server GC, which an embedded server does not want, and takes a busy laptop for a deadlock.
        logging.AddFilter("Orleans.Runtime.Silo", LogLevel.Error);
        logging.AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error);
        // A start that fails is explained to whoever asked for it; the stack trace would only hide that.
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical);
        if (!quiet)
        {
            logging.AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.UseUtcTimestamp = true;
                console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
            });
        }
    }
}
