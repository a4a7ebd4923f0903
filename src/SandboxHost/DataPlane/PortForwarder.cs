using System.Net;
using Colloquy.SandboxHost.Sandboxes;
using Yarp.ReverseProxy.Forwarder;

namespace Colloquy.SandboxHost.DataPlane;

/// <summary>Passes requests on to servers that run in sandboxes.</summary>
internal sealed class PortForwarder(IHttpForwarder forwarder, string apiKey)
{
    private static readonly ForwarderRequestConfig Config = new()
    {
        Version = HttpVersion.Version11,
        // An event stream may be silent for as long as its sandbox lives.
        ActivityTimeout = Timeout.InfiniteTimeSpan,
    };

    internal async Task ForwardAsync(HttpContext http, Sandbox sandbox, int port)
    {
        var error = await forwarder.SendAsync(
            http, $"http://localhost:{port}", sandbox.Network.Ports, Config, new Headers(sandbox.AccessToken, apiKey));
        if (error != ForwarderError.Request || http.Response.HasStarted) return;
        var isClosed = http.GetForwarderErrorFeature()?.Exception
            is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError };
        await ProxyErrors.PortAsync(http, sandbox.Id, port, isClosed ? "port is not open" : "its server broke the request off");
    }

    /// <summary>
    /// Hides what the caller shows to us from what runs in the sandbox. A server inside may have headers of the same
    /// names for its own use, so those go by their value.
    /// </summary>
    private sealed class Headers(string accessToken, string apiKey) : HttpTransformer
    {
        private static readonly string[] Routing = [DataPlaneRouting.IdHeader, DataPlaneRouting.PortHeader];

        public override async ValueTask TransformRequestAsync(
            HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
        {
            await base.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
            foreach (var name in Routing) proxyRequest.Headers.Remove(name);
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
