namespace Colloquy.Grains.Definitions;

/// <summary>The stored form of a <see cref="DefinitionDirectoryGrain"/>.</summary>
public sealed record DirectoryState
{
    public const int CurrentSchema = 1;

    public int SchemaVersion { get; init; } = CurrentSchema;

    /// <summary>Oldest first.</summary>
    public IReadOnlyList<DirectoryEntry> Entries { get; init; } = [];

    /// <summary>Of the last entry, which may have been removed.</summary>
    public int LastNumber { get; init; }
}

/// <param name="Number">Its place in the list: 1, 2, 3 ... in the order of creation; never used again.</param>
public sealed record DirectoryEntry(int Number, string Id, DateTimeOffset CreatedAt, bool Archived);
