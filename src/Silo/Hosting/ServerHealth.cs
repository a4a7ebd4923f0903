using Colloquy.Grains.Sessions;
using Colloquy.Sessions;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Colloquy.Silo.Hosting;

/// <summary>Ready means: the silo is active, the store answers, and nothing is shutting down.</summary>
internal sealed class SiloHealth(ISiloStatusOracle oracle, IHostApplicationLifetime lifetime) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        lifetime.ApplicationStopping.IsCancellationRequested
            ? HealthCheckResult.Unhealthy("The server is stopping.")
            : oracle.CurrentStatus == SiloStatus.Active
                ? HealthCheckResult.Healthy("The silo is active.")
                : HealthCheckResult.Unhealthy($"The silo is {oracle.CurrentStatus}."));
}

internal sealed class StoreHealth(ISessionStore store) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(
        HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await store.ListAsync(new SessionQuery(Limit: 1), cancellationToken);
            return HealthCheckResult.Healthy("The store answers.");
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            return HealthCheckResult.Unhealthy("The store does not answer.", exception);
        }
    }
}
