using System.Net;

namespace Colloquy.Web.ModelGateway;

/// <summary>A body of which is known when it has been sent whole: only then can the provider begin.</summary>
internal sealed class SentContent(ReadOnlyMemory<byte> body, Action onSent) : HttpContent
{
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(
        Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(body, cancellationToken);
        onSent();
    }

    protected override bool TryComputeLength(out long length)
    {
        length = body.Length;
        return true;
    }
}
