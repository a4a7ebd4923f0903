using Microsoft.Extensions.DependencyInjection;

namespace Colloquy.Grains.Costs;

public static class CostsHosting
{
    /// <summary>Registers the price book. The ledger comes with the store.</summary>
    public static IServiceCollection AddCosts(this IServiceCollection services, PriceBook prices) =>
        services.AddSingleton(prices);
}
