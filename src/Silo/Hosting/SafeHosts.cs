namespace Colloquy.Silo.Hosting;

internal static class SafeHosts
{
    private const string Key = "AllowedHosts";

    /// <summary>
    /// By default only loopback names are answered, so that a foreign name that is made to resolve to this machine
    /// does not reach it. <c>AllowedHosts</c> opens more.
    /// </summary>
    public static void AddSafeHosts(this ConfigurationManager configuration)
    {
        if (string.IsNullOrEmpty(configuration[Key]))
        {
            configuration[Key] = "localhost;127.0.0.1;[::1]";
        }
    }
}
