namespace Colloquy.Grains.Sessions;

/// <summary>The pure core of a session: which change a command makes to its state, and which events that is.</summary>
public static partial class SessionMachine;
