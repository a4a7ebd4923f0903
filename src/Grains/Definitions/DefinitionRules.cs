using System.Buffers;
using static Colloquy.Grains.Definitions.DefinitionLimits;
using static Colloquy.Grains.InputRules;

namespace Colloquy.Grains.Definitions;

/// <summary>What agents and environments have in common. Pure.</summary>
internal static class DefinitionRules
{
    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.:/@[]");

    /// <exception cref="Colloquy.Sessions.InvalidInputException">Names the first field that is wrong.</exception>
    public static void CheckHead(string name, string? description, IReadOnlyDictionary<string, string> metadata)
    {
        Require(
            !string.IsNullOrWhiteSpace(name) && name.Length <= MaxNameLength, "name",
            $"must have 1 to {MaxNameLength} characters.");
        Require(
            description is null || description.Length <= MaxDescriptionLength, "description",
            $"must have at most {MaxDescriptionLength} characters.");
        CheckMetadata(metadata);
    }

    /// <inheritdoc cref="CheckHead"/>
    public static void CheckOneOf(string value, IReadOnlyList<string> allowed, string field) => Require(
        allowed.Contains(value), field, $"'{value}' is not one of {string.Join(", ", allowed)}.");

    /// <summary>Program arguments and variables end at a zero byte, so they cannot hold one.</summary>
    /// <inheritdoc cref="CheckHead"/>
    public static void CheckCommand(IReadOnlyList<string> command, string field)
    {
        Require(command.Count <= MaxArguments, field, $"must have at most {MaxArguments} items.");
        Require(command.Count == 0 || command[0].Length > 0, $"{field}[0]", "must name a program.");
        for (var index = 0; index < command.Count; index++)
        {
            Require(
                command[index].Length <= MaxArgumentLength && !command[index].Contains('\0'), $"{field}[{index}]",
                $"must have at most {MaxArgumentLength} characters and no zero byte.");
        }
    }

    /// <inheritdoc cref="CheckHead"/>
    public static void CheckVariables(IReadOnlyDictionary<string, string> variables, string field)
    {
        Require(variables.Count <= MaxVariables, field, $"must have at most {MaxVariables} variables.");
        foreach (var (name, value) in variables)
        {
            Require(
                name.Length is > 0 and <= MaxVariableNameLength && !char.IsAsciiDigit(name[0]) &&
                !name.AsSpan().ContainsAnyExcept(NameCharacters),
                $"{field}.{name}", "names of variables are letters, digits and '_', and do not begin with a digit.");
            Require(
                value.Length <= MaxArgumentLength && !value.Contains('\0'), $"{field}.{name}",
                $"must have at most {MaxArgumentLength} characters and no zero byte.");
        }
    }

    /// <summary>Names of models and templates become arguments and parts of addresses.</summary>
    public static bool IsToken(string value, int maxLength) =>
        value.Length > 0 && value.Length <= maxLength && value[0] != '-' && !value.AsSpan().ContainsAnyExcept(TokenCharacters);
}
