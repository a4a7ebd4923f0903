namespace Colloquy.Client;

/// <param name="Next">The cursor of the following page; null at the end.</param>
public sealed record DefinitionPage<T>(IReadOnlyList<T> Items, string? Next);
