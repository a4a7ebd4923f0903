using System.Collections.Frozen;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;

namespace Colloquy.Web.ModelGateway;

/// <summary>Which headers pass between an agent and the provider.</summary>
internal static class PassedHeaders
{
    private const string Betas = "anthropic-beta";
    private const string OAuthBeta = "oauth-2025-04-20";

    /// <summary>What the provider may see of a request. Credentials, cookies and encodings are the gateway's own.</summary>
    private static readonly FrozenSet<string> Request = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase, "accept", "user-agent", "traceparent", "tracestate", "x-app");

    private static readonly string[] RequestPrefixes = ["anthropic-", "x-stainless-", "x-claude-"];

    /// <summary>What belongs to the connection with the provider and not to its answer.</summary>
    private static readonly FrozenSet<string> Connection = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase, "connection", "keep-alive", "proxy-authenticate", "proxy-authorization",
        "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "set-cookie", "alt-svc",
        "strict-transport-security");

    public static void CopyTo(HttpRequestHeaders target, IHeaderDictionary source)
    {
        foreach (var (name, values) in source)
        {
            if (Request.Contains(name) ||
                Array.Exists(RequestPrefixes, prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)))
            {
                target.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
            }
        }
    }

    public static void Authorize(HttpRequestHeaders target, ModelGatewayOptions options)
    {
        if (!options.IsOAuth)
        {
            target.TryAddWithoutValidation("x-api-key", options.Credential);
            return;
        }

        target.TryAddWithoutValidation("Authorization", $"Bearer {options.Credential}");
        var betas = target.TryGetValues(Betas, out var asked) ? string.Join(',', asked) : "";
        if (!betas.Split(',', StringSplitOptions.TrimEntries).Contains(OAuthBeta, StringComparer.Ordinal))
        {
            target.Remove(Betas);
            target.TryAddWithoutValidation(Betas, betas.Length == 0 ? OAuthBeta : $"{betas},{OAuthBeta}");
        }
    }

    /// <param name="secret">A header in which the provider repeats it is left out.</param>
    public static void CopyTo(HttpResponse target, HttpResponseMessage source, string secret)
    {
        foreach (var (name, values) in source.Headers.NonValidated.Concat(source.Content.Headers.NonValidated))
        {
            if (!Connection.Contains(name) && values.All(value => IsPassable(value, secret)))
            {
                target.Headers[name] = values.ToArray();
            }
        }

        // Clients try again what is an overload of the provider for them; a wrong key stays wrong.
        if (target.StatusCode is StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden)
        {
            target.Headers[GatewayError.ShouldRetry] = "false";
        }
    }
    /// <summary>The web server refuses to send what is not printable ASCII.</summary>
    private static bool IsPassable(string value, string secret) =>
        !value.Contains(secret, StringComparison.Ordinal) &&
        value.All(character => character is '\t' or (>= ' ' and <= '~'));
}
