using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Colloquy.Client;

/// <summary>Registers the clients of this library.</summary>
public static class ColloquyClientHosting
{
    /// <summary>
    /// Adds <see cref="SessionClient"/>, <see cref="AgentClient"/>, <see cref="EnvironmentClient"/>,
    /// <see cref="CostClient"/>, <see cref="ModelCallClient"/>, <see cref="UploadClient"/> and
    /// <see cref="SandboxClient"/>. The container must provide an <see cref="IGrainFactory"/>, as silos and Orleans
    /// clients do.
    /// </summary>
    public static IServiceCollection AddColloquyClient(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<SessionClient>();
        services.TryAddSingleton<AgentClient>();
        services.TryAddSingleton<EnvironmentClient>();
        services.TryAddSingleton<CostClient>();
        services.TryAddSingleton<ModelCallClient>();
        services.TryAddSingleton<UploadClient>();
        services.TryAddSingleton<SandboxClient>();
        return services;
    }
}
