using System.IO.Compression;
using Colloquy.SandboxHost.Http;
using Microsoft.Net.Http.Headers;

namespace Colloquy.SandboxHost.DataPlane;

/// <summary>How the bytes of a file travel: as they are, or as gzip.</summary>
internal static class FileEncoding
{
    internal const string Gzip = "gzip";
    private const string Identity = "identity", Any = "*";

    /// <summary>The body of an upload, decompressed if it says that it is compressed.</summary>
    /// <exception cref="ApiException">400: compressed in another way.</exception>
    internal static Stream BodyOf(HttpRequest request) =>
        request.Headers.ContentEncoding.ToString().Split(';')[0].Trim().ToLowerInvariant() switch
        {
            "" or Identity => request.Body,
            Gzip => new GZipStream(request.Body, CompressionMode.Decompress),
            var other => throw new ApiException(400, $"unsupported Content-Encoding: {other}, supported: [{Gzip}]"),
        };

    /// <summary>Whether to send a download as gzip.</summary>
    /// <param name="asIs">Parts of files, and answers that depend on their time, are about the bytes as they are.</param>
    /// <exception cref="ApiException">406: the caller takes nothing that there is.</exception>
    internal static bool UseGzip(HttpRequest request, bool asIs)
    {
        var wanted = request.GetTypedHeaders().AcceptEncoding;
        var takesIdentity = TakesIdentity(wanted);
        foreach (var coding in wanted.Where(coding => coding.Quality is not 0).OrderByDescending(coding => coding.Quality ?? 1))
        {
            if (asIs || Is(coding, Identity) || (Is(coding, Any) && takesIdentity)) break;
            if (Is(coding, Gzip) || Is(coding, Any)) return true;
        }

        return takesIdentity ? false : throw new ApiException(406, $"no acceptable encoding found, supported: [{Gzip}]");
    }

    // It need not be named to be taken, but may be refused: by name, or with all that is not named.
    private static bool TakesIdentity(IList<StringWithQualityHeaderValue> wanted)
    {
        var named = wanted.FirstOrDefault(coding => Is(coding, Identity)) ?? wanted.FirstOrDefault(coding => Is(coding, Any));
        return named?.Quality is not 0;
    }

    private static bool Is(StringWithQualityHeaderValue coding, string name) =>
        coding.Value.Equals(name, StringComparison.OrdinalIgnoreCase);
}
