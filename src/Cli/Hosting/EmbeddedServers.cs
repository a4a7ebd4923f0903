namespace Colloquy.Cli.Hosting;

internal sealed class EmbeddedServers : IServers
{
    public string DefaultDataFolder => Path.Combine(
        Environment.GetFolderPath(
            Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify),
        "colloquy");

    public string? FindUrl(string dataFolder) => null;

    public Task<ILocalServer> StartAsync(ServerStart start, CancellationToken cancellationToken) =>
        throw new ServerNotStartedException("This build has no server in it: name one with --server URL.");
}
