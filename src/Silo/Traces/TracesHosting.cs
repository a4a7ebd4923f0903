using Colloquy.Grains.Uploads;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Colloquy.Silo.Traces;

internal static class TracesHosting
{
    /// <summary>Registers the upload queue's parts, the local sink, and what wakes the queue.</summary>
    /// <param name="dataFolder">Traces go into its folder <c>traces</c>.</param>
    public static IServiceCollection AddTraces(this IServiceCollection services, string dataFolder)
    {
        var folder = new TraceFolder(Path.Combine(Path.GetFullPath(dataFolder), "traces"));
        services.TryAddSingleton(TimeProvider.System);
        return services
            .AddUploads()
            .AddSingleton(folder)
            .AddSingleton<ITraceSink>(new LocalTraceSink(folder.Path))
            .AddHostedService<UploadStarter>();
    }
}

/// <summary>Where local traces are kept.</summary>
internal sealed record TraceFolder(string Path);
