namespace Colloquy.Grains.Uploads;

/// <summary>The names of trace sinks, as upload rows carry them.</summary>
public static class UploadDestination
{
    public const string Local = "local";
}
