using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Colloquy.SandboxHost.Http;
using Colloquy.SandboxHost.Sandboxes;

namespace Colloquy.SandboxHost.DataPlane;

/// <summary>Lets callers without the sandbox's token at one file, by a signature that its owner has put into the URL.</summary>
internal sealed class UrlSignature(TimeProvider time)
{
    internal const string Read = "read", Write = "write";

    /// <exception cref="ApiException">401: neither the token nor a valid signature.</exception>
    internal void Check(HttpContext http, Sandbox sandbox, string operation)
    {
        var query = http.Request.Query;
        // A token that is there decides alone, whatever is in the URL.
        if (http.Request.Headers["X-Access-Token"].ToString() is { Length: > 0 } token)
        {
            if (!AreEqual(token, sandbox.AccessToken)) throw Refused("access token present in header but does not match");
            return;
        }

        if (query["signature"].ToString() is not { Length: > 0 } signature) throw Refused("missing signature query parameter");
        var expires = Expiry(query["signature_expiration"].ToString());
        var expected = Of(query["path"].ToString(), operation, query["username"].ToString(), sandbox.AccessToken, expires);
        if (!AreEqual(signature, expected)) throw Refused("invalid signature");
        if (expires < time.GetUtcNow().ToUnixTimeSeconds()) throw Refused("signature is already expired");
    }

    /// <param name="expires">Unix seconds. Null: never.</param>
    internal static string Of(string path, string operation, string user, string token, long? expires)
    {
        var signed = $"{path}:{operation}:{user}:{token}";
        if (expires is not null) signed += string.Create(CultureInfo.InvariantCulture, $":{expires}");
        return "v1_" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(signed))).TrimEnd('=');
    }

    private static long? Expiry(string text)
    {
        if (text.Length == 0) return null;
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds)
            ? seconds
            : throw new ApiException(400, $"signature_expiration '{text}' must be Unix seconds.");
    }

    private static bool AreEqual(string given, string expected) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(expected));

    private static ApiException Refused(string why) => new(401, why);
}
