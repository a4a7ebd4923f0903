namespace Colloquy.Grains.Sessions;

/// <summary>The bounds of what a client may ask for.</summary>
public static class SessionLimits
{
    public static readonly TimeSpan DefaultTurnTimeout = TimeSpan.FromMinutes(10);
    public static readonly TimeSpan MinTurnTimeout = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan MaxTurnTimeout = TimeSpan.FromHours(24);

    public const int MaxMessageLength = 1_000_000;
    public const int MaxEventsPerSubmit = 100;
    public const int MaxQueuedMessages = 1000;
    public const int MaxTitleLength = 256;
    public const int MaxMetadataPairs = 16;
    public const int MaxMetadataKeyLength = 64;
    public const int MaxMetadataValueLength = 512;
    public const int MaxPageSize = 1000;
}
