namespace Colloquy.Silo.Hosting;

internal static class LoggingHosting
{
    /// <summary>One line per message; our own at Information, the frameworks' only when something is wrong.</summary>
    public static void AddServerLogging(this ILoggingBuilder logging, ServerSettings settings)
    {
        logging.ClearProviders();
        logging.SetMinimumLevel(LogLevel.Warning);
        logging.AddFilter("Colloquy", LogLevel.Information);
        if (!settings.Quiet)
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
