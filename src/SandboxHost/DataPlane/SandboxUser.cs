using System.Text;

namespace Colloquy.SandboxHost.DataPlane;

/// <summary>Sandboxes here have one user; asking for another is refused instead of ignored.</summary>
internal static class SandboxUser
{
    internal const string Name = "user";
    private const string Scheme = "Basic ";

    /// <summary>The user that a call asks for in its <c>Authorization</c>. Null: the default. The password is ignored.</summary>
    internal static string? RequestedBy(HttpContext http)
    {
        var header = http.Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return null;
        var credentials = new byte[header.Length];
        return Convert.TryFromBase64String(header[Scheme.Length..].Trim(), credentials, out var length)
            ? Encoding.UTF8.GetString(credentials, 0, length).Split(':')[0]
            : null;
    }

    /// <exception cref="ConnectException">The call asks for another user.</exception>
    internal static void Check(HttpContext http)
    {
        if (RequestedBy(http) is { } user and not Name) throw new ConnectException(ConnectException.Unauthenticated, Unknown(user));
    }

    internal static string Unknown(string user) => $"invalid username: '{user}'; sandboxes of this host have '{Name}' only";
}
