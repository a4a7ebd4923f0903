using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Sandboxes;

namespace Colloquy.SandboxHost.DataPlane;

/// <summary>The variables that all commands of a sandbox get.</summary>
internal static class EnvironmentEndpoint
{
    internal static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/envs", DataPlaneRouting.Guard(WriteAsync));

    private static Task WriteAsync(HttpContext http, Sandbox sandbox)
    {
        var variables = SandboxEnvironment.Marks(sandbox.Id);
        foreach (var (name, value) in sandbox.Processes.Environment) variables[name] = value;
        return http.Response.WriteAsJsonAsync(
            variables, DataPlaneJson.Default.IReadOnlyDictionaryStringString, cancellationToken: http.RequestAborted);
    }
}
