using Colloquy.Sessions;

namespace Colloquy.Definitions;

/// <summary>
/// Which definitions there are. It may name one that was never stored (its create failed half-way) or was deleted,
/// but never misses one: readers look at the definitions themselves. The key is one of <see cref="DirectoryKey"/>.
/// </summary>
[Alias("definitions.directory")]
public interface IDefinitionDirectoryGrain : IGrainWithStringKey
{
    /// <summary>Comes before the definition is stored, so that no crash can leave one that no list shows.</summary>
    [Alias("add")]
    Task AddAsync(string id, DateTimeOffset createdAt);

    /// <summary>Comes after the definition is archived: it only saves looking at it.</summary>
    [Alias("archived")]
    Task MarkArchivedAsync(string id);

    /// <summary>Comes after the definition is deleted.</summary>
    [Alias("remove")]
    Task RemoveAsync(string id);

    /// <summary>Newest first, then the built-in ones.</summary>
    /// <exception cref="InvalidInputException">The cursor is not one of ours, or the limit is out of range.</exception>
    [Alias("list")]
    Task<DirectoryPage> ListAsync(DirectoryQuery query);
}

/// <summary>The keys of the directories.</summary>
public static class DirectoryKey
{
    public const string Agents = "agents";
    public const string Environments = "environments";
}

/// <param name="Cursor">Opaque, from a previous <see cref="DirectoryPage.Next"/>.</param>
/// <param name="From">Created then or later.</param>
/// <param name="Until">Created then or earlier.</param>
[GenerateSerializer, Immutable, Alias("definitions.query")]
public sealed record DirectoryQuery(
    [property: Id(0)] string? Cursor = null,
    [property: Id(1)] int Limit = 20,
    [property: Id(2)] bool IncludeArchived = false,
    [property: Id(3)] DateTimeOffset? From = null,
    [property: Id(4)] DateTimeOffset? Until = null);

[GenerateSerializer, Immutable, Alias("definitions.page")]
public sealed record DirectoryPage(
    [property: Id(0)] IReadOnlyList<string> Ids,
    [property: Id(1)] string? Next);
