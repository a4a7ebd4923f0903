using Orleans.Concurrency;

namespace Colloquy.Uploads;

/// <summary>Sends the traces of ended turns to where they belong, until each is acknowledged or dead. Key 0.</summary>
[Alias("uploads.queue")]
public interface IUploadQueueGrain : IGrainWithIntegerKey
{
    /// <summary>A hint that there is something to send. The rows make it certain.</summary>
    [Alias("notify"), OneWay]
    Task NotifyAsync();

    [Alias("status"), AlwaysInterleave]
    Task<UploadStatus> GetStatusAsync();
}

/// <param name="OldestPending">When the oldest waiting row was added; null if none waits.</param>
[GenerateSerializer, Immutable, Alias("uploads.status")]
public sealed record UploadStatus(
    [property: Id(0)] long Pending,
    [property: Id(1)] long Acknowledged,
    [property: Id(2)] long Dead,
    [property: Id(3)] DateTimeOffset? OldestPending);
