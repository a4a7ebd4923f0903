using Colloquy.Grains.Sessions;

namespace Colloquy.Silo.Hosting;

/// <summary>The silos that Orleans' membership counts as active.</summary>
internal sealed class LiveSilos(ISiloStatusOracle oracle) : ILiveSilos
{
    public Task<IReadOnlyCollection<string>> GetAsync(CancellationToken cancellationToken)
    {
        IReadOnlyCollection<string> active =
            [.. oracle.GetApproximateSiloStatuses(onlyActive: true).Keys.Select(silo => silo.ToParsableString())];
        return Task.FromResult(active);
    }
}
