using System.Net;
using System.Security.Cryptography;
using System.Text;
using Colloquy.SandboxHost.Sandboxes;
using Yarp.ReverseProxy.Forwarder;

namespace Colloquy.SandboxHost.DataPlane;

/// <summary>Passes requests on to servers that run in sandboxes.</summary>
internal sealed class PortForwarder(IHttpForwarder forwarder, SandboxHostOptions options)
{
    private const string TrafficHeader = "e2b-traffic-access-token";

    private static readonly ForwarderRequestConfig Config = new()
    {
        Version = HttpVersion.Version11,
        // An event stream may be silent for as long as its sandbox lives.
        ActivityTimeout = Timeout.InfiniteTimeSpan,
    };

    internal async Task ForwardAsync(HttpContext http, Sandbox sandbox, int port)
    {
        if (!MayCall(http, sandbox))
        {
            await ProxyErrors.ForbiddenAsync(http, sandbox.Id, TrafficHeader);
            return;
        }

        // The gateway is for the sandbox, not for whoever can reach the sandbox.
        var error = port == options.GatewayPort && options.GatewayUrl is not null
            ? ForwarderError.Request
            : await forwarder.SendAsync(
                http, $"http://localhost:{port}", sandbox.Network.Ports, Config, new Headers(sandbox.AccessToken, options.ApiKey));
        if (error != ForwarderError.Request || http.Response.HasStarted) return;
        var isBroken = http.GetForwarderErrorFeature()?.Exception
            is HttpRequestException { HttpRequestError: not HttpRequestError.ConnectionError };
        await ProxyErrors.PortAsync(http, sandbox.Id, port, isBroken ? "its server broke the request off" : "port is not open");
    }

    private static bool MayCall(HttpContext http, Sandbox sandbox) =>
        sandbox.TrafficToken is not { } token || CryptographicOperations.FixedTimeEquals(
            Encoding.UTF8.GetBytes(http.Request.Headers[TrafficHeader].ToString()), Encoding.UTF8.GetBytes(token));

    /// <summary>
    /// Hides what the caller shows to us from what runs in the sandbox. A server inside may have headers of the same
    /// names for its own use, so those go by their value.
    /// </summary>
    private sealed class Headers(string accessToken, string apiKey) : HttpTransformer
    {
        private static readonly string[] Ours = [DataPlaneRouting.IdHeader, DataPlaneRouting.PortHeader, TrafficHeader];

        public override async ValueTask TransformRequestAsync(
            HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
        {
            await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
            foreach (var name in Ours) proxyRequest.Headers.Remove(name);
            RemoveIf(proxyRequest, DataPlaneRouting.TokenHeader, accessToken);
            RemoveIf(proxyRequest, "X-API-KEY", apiKey);
        }

        private static void RemoveIf(HttpRequestMessage request, string name, string value)
        {
            if (request.Headers.TryGetValues(name, out var values) && values.Contains(value, StringComparer.Ordinal))
                request.Headers.Remove(name);
        }
    }
}
