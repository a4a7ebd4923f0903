using Microsoft.Extensions.DependencyInjection;

namespace Colloquy.Grains.Uploads;

public static class UploadsHosting
{
    /// <summary>Registers what <see cref="UploadQueueGrain"/> needs besides the stores and the sinks.</summary>
    public static IServiceCollection AddUploads(this IServiceCollection services) => services
        .AddSingleton(new RetrySchedule(Random.Shared.NextDouble))
        .AddSingleton<TurnUploader>();
}
