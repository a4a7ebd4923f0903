using Colloquy.Silo;

try
{
    var urls = Environment.GetEnvironmentVariable("ASPNETCORE_URLS") is { Length: > 0 } given
        ? new ServerSettings { Urls = given }
        : new ServerSettings();
    await using var server = await ColloquyServer.StartAsync(
        urls with { Arguments = args, DataFolder = Environment.GetEnvironmentVariable("COLLOQUY_DATA") },
        CancellationToken.None);
    Console.WriteLine($"Colloquy listens on {server.Url}, data in {server.DataFolder}");
    await server.WaitForShutdownAsync(CancellationToken.None);
    return 0;
}
catch (ServerStartException exception)
{
    await Console.Error.WriteLineAsync(exception.Message);
    return 1;
}
