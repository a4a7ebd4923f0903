using System.Security.Cryptography;
using System.Text;
using Colloquy.SandboxHost.Http;

namespace Colloquy.SandboxHost.ControlPlane;

/// <summary>Checks the <c>X-API-KEY</c> of control-plane calls.</summary>
internal sealed class ApiKeyFilter(string apiKey)
{
    private readonly byte[] _expected = Encoding.UTF8.GetBytes(apiKey);

    internal RequestDelegate Guard(RequestDelegate next) => http =>
    {
        if (!http.Request.Headers.TryGetValue("X-API-KEY", out var sent))
            throw new ApiException(401, "authorization header is missing: send X-API-KEY");
        if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(sent.ToString()), _expected))
            throw new ApiException(401, "Invalid API key, please visit the settings of this sandbox host\nfor its ApiKey");
        return next(http);
    };
}
