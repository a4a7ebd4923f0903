using System.Globalization;

namespace Colloquy.SandboxHost.DataPlane;

/// <summary>Which port of which sandbox a request is for.</summary>
internal readonly record struct SandboxAddress(string Id, int Port)
{
    internal const int EnvdPort = 49983;

    /// <summary>
    /// Reads a <c>Host</c> like <c>8080-ID.anything</c>, else the two headers. The host decides, so that whoever opens
    /// a sandbox's public address stays in that sandbox.
    /// </summary>
    /// <returns>Neither address nor error if the request is not for a sandbox.</returns>
    internal static (SandboxAddress? Address, string? Error) Parse(string host, string? id, string? port)
    {
        if (OfHost(host) is { } address) return (address, null);
        if (id is null && port is null) return (null, null);
        if (id is null || port is null) return (null, "missing header");
        if (PortOf(port) is not { } number) return (null, "Invalid sandbox port");
        return IdOf(id) is { } sandbox ? (new SandboxAddress(sandbox, number), null) : (null, "Invalid sandbox ID");
    }

    private static SandboxAddress? OfHost(string host)
    {
        if (host.IndexOf('.', StringComparison.Ordinal) is not (> 0 and var end)) return null;
        var label = host[..end].ToLowerInvariant();
        return label.IndexOf('-', StringComparison.Ordinal) is > 0 and var dash
            && PortOf(label[..dash]) is { } port
            && IdOf(label[(dash + 1)..]) is { } id
            ? new SandboxAddress(id, port)
            : null;
    }

    private static int? PortOf(string port) =>
        ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;

    // Older clients append the client id, which says nothing.
    private static string? IdOf(string id)
    {
        id = id.Split('-')[0];
        return id.Length > 0 && id.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c)) ? id : null;
    }
}
