using Colloquy.Grains.Tracing;

namespace Colloquy.Grains.Uploads;

/// <summary>Where finished traces go. Sending the same spans again must be harmless: their ids are derived.</summary>
public interface ITraceSink
{
    /// <summary>The name that upload rows carry.</summary>
    string Destination { get; }

    /// <exception cref="TraceSinkException">It was refused for good; anything else that is thrown is retried.</exception>
    Task SendAsync(IReadOnlyList<TraceSpan> spans, CancellationToken cancellationToken);
}

/// <summary>The sink will never take these spans: retrying cannot help.</summary>
public sealed class TraceSinkException(string message, Exception? inner = null) : Exception(message, inner);
