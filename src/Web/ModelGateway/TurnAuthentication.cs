using System.Diagnostics.CodeAnalysis;
using Colloquy.Models;
using Microsoft.AspNetCore.Http;

namespace Colloquy.Web.ModelGateway;

/// <summary>Finds the turn that a request is for: agents send its token in place of a key.</summary>
internal sealed class TurnAuthentication(TurnTokens tokens, TimeProvider time)
{
    private const string Bearer = "Bearer ";

    public bool TryRead(HttpRequest request, [NotNullWhen(true)] out TurnClaims? claims)
    {
        // Some agents send the same value in both headers, and some an empty one.
        var now = time.GetUtcNow();
        var authorization = request.Headers.Authorization.ToString();
        return tokens.TryRead(request.Headers["x-api-key"].ToString().Trim(), now, out claims) ||
            (authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) &&
                tokens.TryRead(authorization[Bearer.Length..].Trim(), now, out claims));
    }
}
