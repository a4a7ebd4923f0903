using Colloquy.Grains.Sessions;
using Colloquy.Sessions;

namespace Colloquy.Grains;

/// <summary>What requests of several kinds must satisfy. Pure.</summary>
internal static class InputRules
{
    /// <exception cref="InvalidInputException">It does not hold.</exception>
    public static void Require(bool holds, string field, string message)
    {
        if (!holds)
        {
            throw new InvalidInputException(field, message);
        }
    }

    /// <inheritdoc cref="Require"/>
    public static void CheckTimeout(TimeSpan? timeout, string field) => Require(
        timeout is null || (timeout >= SessionLimits.MinTurnTimeout && timeout <= SessionLimits.MaxTurnTimeout), field,
        $"must be {SessionLimits.MinTurnTimeout.TotalSeconds:0} to {SessionLimits.MaxTurnTimeout.TotalSeconds:0} seconds.");

    /// <inheritdoc cref="Require"/>
    public static void CheckMetadata(IReadOnlyDictionary<string, string> metadata)
    {
        Require(
            metadata.Count <= SessionLimits.MaxMetadataPairs, "metadata",
            $"must have at most {SessionLimits.MaxMetadataPairs} pairs.");
        foreach (var (key, value) in metadata)
        {
            Require(
                key.Length is > 0 and <= SessionLimits.MaxMetadataKeyLength &&
                value.Length <= SessionLimits.MaxMetadataValueLength,
                $"metadata.{key}",
                $"keys have 1 to {SessionLimits.MaxMetadataKeyLength} characters, values at most " +
                $"{SessionLimits.MaxMetadataValueLength}.");
        }
    }
}
