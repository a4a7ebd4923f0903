using Colloquy.SandboxHost.Sandboxes;

namespace Colloquy.SandboxHost.DataPlane;

/// <summary>The variables that all commands of a sandbox get.</summary>
internal static class EnvironmentEndpoint
{
    internal static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/envs", DataPlaneRouting.Guard(WriteAsync));

    private static Task WriteAsync(HttpContext http, Sandbox sandbox)
    {
        var variables = sandbox.Environment.ToDictionary();
        foreach (var (name, value) in sandbox.Request.EnvVars) variables[name] = value;
        return http.Response.WriteAsJsonAsync(
            variables, DataPlaneJson.Default.IReadOnlyDictionaryStringString, cancellationToken: http.RequestAborted);
    }
}
