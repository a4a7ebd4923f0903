using Colloquy.SandboxHost;
using Microsoft.Extensions.Logging.Abstractions;

// Serves sandboxes in the folder of the first argument under the key of the second, says where, and ends with its input.
var options = new SandboxHostOptions
{
    DataFolder = args[0],
    ApiKey = args[1],
    OnStop = OnStop.Keep,
    // A killed host leaves its spare ones to the next, and the last of a test has none.
    SpareSandboxes = 0,
    OrphanGrace = TimeSpan.Zero,
};
await using var server = await SandboxHostServer.StartAsync(
    options, NullLoggerFactory.Instance, TimeProvider.System, CancellationToken.None);
Console.WriteLine(server.Url);
await Console.In.ReadLineAsync();
