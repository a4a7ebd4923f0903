using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Colloquy.Sessions;

namespace Colloquy.Models;

/// <summary>
/// The credentials that agents have in place of the provider's key: each is good for the model calls of one turn until
/// its deadline. Signed (HMAC-SHA256) with a key that all servers of a cluster share, so any of them can check it.
/// </summary>
/// <remarks>Form: <c>cqt_SESSION.TURN.EXPIRY.SIGNATURE</c>; expiry in Unix seconds, signature in base64url.</remarks>
public sealed class TurnTokens
{
    private const string Prefix = "cqt_";
    private const int LeastKeyBytes = 16;

    private readonly byte[] _key;

    /// <param name="key">At least 16 bytes.</param>
    /// <exception cref="ArgumentException">It is shorter.</exception>
    public TurnTokens(ReadOnlySpan<byte> key)
    {
        _key = key.Length >= LeastKeyBytes
            ? key.ToArray()
            : throw new ArgumentException($"A key has at least {LeastKeyBytes} bytes.", nameof(key));
    }

    public string Issue(SessionId session, TurnId turn, DateTimeOffset expires)
    {
        var claims = string.Create(
            CultureInfo.InvariantCulture, $"{Prefix}{session}.{turn}.{expires.ToUnixTimeSeconds()}");
        return $"{claims}.{Sign(claims)}";
    }

    /// <returns>False if it is none of ours, was changed, or is out of date.</returns>
    public bool TryRead(string? token, DateTimeOffset now, [NotNullWhen(true)] out TurnClaims? claims)
    {
        claims = null;
        var end = token?.LastIndexOf('.') ?? -1;
        if (end < 0 || !IsSigned(token![..end], token[(end + 1)..]))
        {
            return false;
        }

        // Signed by us, so it has the form that we gave it.
        var parts = token[Prefix.Length..end].Split('.');
        var expires = DateTimeOffset.FromUnixTimeSeconds(long.Parse(parts[2], CultureInfo.InvariantCulture));
        claims = new TurnClaims(new SessionId(parts[0]), new TurnId(parts[1]), expires);
        return now < expires;
    }

    private bool IsSigned(string claims, string signature) => CryptographicOperations.FixedTimeEquals(
        Encoding.ASCII.GetBytes(Sign(claims)), Encoding.UTF8.GetBytes(signature));

    private string Sign(string claims) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(claims)));
}

/// <param name="Expires">From then on it is worth nothing, whether the turn runs or not.</param>
public sealed record TurnClaims(SessionId Session, TurnId Turn, DateTimeOffset Expires);
