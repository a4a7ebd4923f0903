namespace Colloquy.Silo;

/// <summary>The server did not start. The message says what happened, why, and what to do.</summary>
public sealed class ServerStartException(string message, Exception? inner = null) : Exception(message, inner);
