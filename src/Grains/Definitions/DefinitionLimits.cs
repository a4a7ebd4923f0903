namespace Colloquy.Grains.Definitions;

/// <summary>The bounds of what a definition may say.</summary>
public static class DefinitionLimits
{
    public const int MaxNameLength = 256;
    public const int MaxDescriptionLength = 2048;
    public const int MaxSystemLength = 100_000;
    public const int MaxMcpServers = 20;
    public const int MaxMcpNameLength = 64;
    public const int MaxUrlLength = 2048;
    public const int MaxArguments = 256;
    public const int MaxArgumentLength = 16_384;
    public const int MaxVariables = 64;
    public const int MaxVariableNameLength = 128;
    public const int MaxModelLength = 128;
    public const int MaxRoundTrips = 10_000;
    public const int MaxAllowedHosts = 256;
    public const int MaxHostLength = 253;
    public const int MaxTemplateLength = 128;
    public const int MaxPageSize = 1000;

    /// <summary>All versions of an agent are one row, which is written anew with each of them.</summary>
    public const int MaxVersions = 1000;

    /// <inheritdoc cref="MaxVersions"/>
    public const int MaxVersionsBytes = 16 * 1024 * 1024;
}
