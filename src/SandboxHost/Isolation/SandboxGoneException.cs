namespace Colloquy.SandboxHost.Isolation;

/// <summary>The sandbox ended while something was about to happen in it.</summary>
internal sealed class SandboxGoneException() : Exception("The sandbox has ended.");
