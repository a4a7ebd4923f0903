using Colloquy.Definitions;
using Colloquy.Web.Requests;
using Microsoft.AspNetCore.Http;

namespace Colloquy.Web.Definitions;

/// <summary>Reads what agents and environments have in common.</summary>
internal static class DefinitionInput
{
    private const int DefaultLimit = 20;
    private const int MaxLimit = 100;

    public static int PageLimit(this IQueryCollection query) => query.Limit(DefaultLimit, MaxLimit);

    public static DirectoryQuery ReadDirectoryQuery(this IQueryCollection query) =>
        new(query.Text("page"), query.PageLimit(), query.Flag("include_archived"));

    /// <summary>A member without which there is no definition, and which therefore cannot be cleared.</summary>
    /// <param name="present">Null while the definition is made.</param>
    public static T Required<T>(this JsonInput body, string name, T? present, Func<JsonInput, T> read) where T : class =>
        body.Member(name) is { } member ? read(member)
        : body.Has(name) && present is not null ? throw new JsonInput(default, name).Wrong("cannot be cleared.")
        : present ?? throw new JsonInput(default, name).Wrong("is required.");

    /// <summary>Strings are set, null deletes their key, other keys stay.</summary>
    /// <param name="emptyDeletes">So does the empty string.</param>
    public static IReadOnlyDictionary<string, string> PatchMetadata(
        this JsonInput body, IReadOnlyDictionary<string, string> present, bool emptyDeletes)
    {
        if (body.Member("metadata") is not { } patch)
        {
            return present;
        }

        var merged = new Dictionary<string, string>(present, StringComparer.Ordinal);
        foreach (var (key, value) in patch.Members())
        {
            var text = value.Kind == System.Text.Json.JsonValueKind.Null ? null : value.Text();
            if (text is null || (emptyDeletes && text.Length == 0))
            {
                merged.Remove(key);
            }
            else
            {
                merged[key] = text;
            }
        }

        return merged;
    }

    /// <summary>What was silently ignored would not do what it says.</summary>
    public static void Refuse(this JsonInput input, string name, string why)
    {
        if (input.Member(name) is { } member)
        {
            throw member.Wrong(why);
        }
    }
}
