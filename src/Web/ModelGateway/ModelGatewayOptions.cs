namespace Colloquy.Web.ModelGateway;

/// <summary>How agents reach their models. Bound to the section <c>ModelGateway</c>.</summary>
public sealed class ModelGatewayOptions
{
    public const string Section = "ModelGateway";

    private const int LeastTokenKeyBytes = 16;

    /// <summary>The provider of the Messages API. Default: <c>https://api.anthropic.com</c>.</summary>
    public string ProviderUrl { get; set; } = "https://api.anthropic.com";

    /// <summary>The provider's key. Never logged. Default: none.</summary>
    public string? ApiKey { get; set; }

    /// <summary>An OAuth token of the provider, used if there is no key. Never logged. Default: none.</summary>
    public string? OAuthToken { get; set; }

    /// <summary>
    /// <c>http://HOST:PORT</c> or <c>unix:/PATH</c>. Default: a socket in the data folder; a free port of
    /// <c>127.0.0.1</c> where sandboxes are not isolated.
    /// </summary>
    public string? Listen { get; set; }

    /// <summary>The gateway's address as sandboxes see it, if their host does not tell them. Default: none.</summary>
    public string? PublicUrl { get; set; }

    /// <summary>Agents get the provider's credential itself and call the provider without the gateway. Default: false.</summary>
    public bool Direct { get; set; }

    /// <summary>
    /// What the tokens of turns are signed with, base64; the same on all servers of a cluster. Default: a random key
    /// that is kept in the data folder.
    /// </summary>
    public string? TokenKey { get; set; }

    /// <summary>The one that is sent to the provider; null if there is none.</summary>
    public string? Credential => Has(ApiKey) ? ApiKey : Has(OAuthToken) ? OAuthToken : null;

    /// <summary>Calls are paid by a subscription: prices are what they would cost.</summary>
    public bool IsOAuth => !Has(ApiKey) && Has(OAuthToken);

    /// <summary>What is wrong with these values, by the keys a user would have to change; empty if nothing.</summary>
    public IEnumerable<string> Problems()
    {
        if (!IsBase(ProviderUrl))
        {
            yield return $"{Section}:ProviderUrl (ANTHROPIC_BASE_URL) is not an absolute http or https URL without a " +
                "user, query or fragment, such as https://api.anthropic.com.";
        }

        if (Has(PublicUrl) && !IsBase(PublicUrl!))
        {
            yield return $"{Section}:PublicUrl '{PublicUrl}' is not an absolute http or https URL without a query.";
        }

        // A line break in a header would be refused at each call, in words that nobody understands.
        if (Credential is { } credential && credential.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            yield return $"{Section}:{(IsOAuth ? "OAuthToken (CLAUDE_CODE_OAUTH_TOKEN)" : "ApiKey (ANTHROPIC_API_KEY)")} has " +
                "a space, a line break or another character that no key has.";
        }

        if (TokenKey is not null && ReadTokenKey() is null)
        {
            yield return $"{Section}:TokenKey is not base64 of at least {LeastTokenKeyBytes} bytes. Make one with: " +
                "openssl rand -base64 32";
        }
    }

    /// <returns>Null if it is not set, or not a key.</returns>
    public byte[]? ReadTokenKey()
    {
        var bytes = new byte[TokenKey?.Length ?? 0];
        return Has(TokenKey) && Convert.TryFromBase64String(TokenKey!, bytes, out var length) && length >= LeastTokenKeyBytes
            ? bytes[..length]
            : null;
    }

    private static bool Has(string? value) => !string.IsNullOrWhiteSpace(value);

    private static bool IsBase(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) &&
        uri is { Scheme: "http" or "https", UserInfo: "", Query: "", Fragment: "" };
}
