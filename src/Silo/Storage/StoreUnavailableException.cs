namespace Colloquy.Silo.Storage;

/// <summary>
/// The store cannot be opened, or could not confirm a write. The message is for the person who runs the server: what
/// happened to which file, and what to do.
/// </summary>
public sealed class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
