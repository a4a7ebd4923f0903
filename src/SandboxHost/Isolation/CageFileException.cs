namespace Colloquy.SandboxHost.Isolation;

/// <summary>A file of a sandbox cannot be read or written.</summary>
internal sealed class CageFileException(int httpStatus, string message) : Exception(message)
{
    internal int HttpStatus { get; } = httpStatus;
}
