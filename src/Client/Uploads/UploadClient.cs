using Colloquy.Uploads;

namespace Colloquy.Client;

/// <summary>Typed calls to the upload queue.</summary>
public sealed class UploadClient(IGrainFactory grains)
{
    /// <summary>How many traces wait, have arrived, or were given up.</summary>
    public Task<UploadStatus> GetStatusAsync() => grains.GetGrain<IUploadQueueGrain>(0).GetStatusAsync();
}
