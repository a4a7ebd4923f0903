using Microsoft.Extensions.Logging;

namespace Colloquy.Grains.Costs;

internal sealed partial class CostAggregatorGrain
{
    [LoggerMessage(LogLevel.Warning, "The cost ledger could not be read for {Key}; the next request reads it again.")]
    private partial void LogHintFailed(Exception error, string key);
}
