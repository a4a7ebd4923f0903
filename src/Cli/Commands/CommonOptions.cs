using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Colloquy.Cli.Hosting;

namespace Colloquy.Cli.Commands;

/// <summary>The options that several commands share, each with its own checks.</summary>
internal static class CommonOptions
{
    /// <summary>The bounds that the server sets for a turn.</summary>
    private static readonly TimeSpan ShortestTurn = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestTurn = TimeSpan.FromHours(24);

    public static Option<string?> Data(string whenAbsent = "$XDG_DATA_HOME/colloquy or ~/.local/share/colloquy") => new("--data")
    {
        HelpName = "DIR",
        Description = $"The data folder (default: {whenAbsent})",
        CustomParser = result => Read(
            result, "is not a folder", text => string.IsNullOrWhiteSpace(text) ? null : text),
    };

    public static Option<Uri?> Server(
        string whenAbsent = "the one that runs on the data folder, else one is started for this command") => new("--server")
        {
            HelpName = "URL",
            Description = $"Talk to this server (default: {whenAbsent})",
            CustomParser = result => Read(result, "is not a URL such as http://127.0.0.1:7710", ReadUrl),
        };

    public static Option<string?> Urls(string whenAbsent = "http://127.0.0.1:7710") => new("--urls")
    {
        HelpName = "URLS",
        Description = $"Where to listen, several separated by semicolons (default: {whenAbsent})",
        // Unchecked, a mistyped address becomes "every address of this machine", which nobody asked for.
        CustomParser = result => Read(result, "is not a URL such as http://127.0.0.1:7710", text =>
            text.Split(';').All(url => ReadUrl(url.Trim()) is not null) ? text : null),
    };

    public static Option<string?> Agent() => new("--agent")
    {
        HelpName = "ID",
        Description = "The agent that answers: agent_offline, agent_claude_code, agent_python or one of your own " +
            "(default: agent_default, which is agent_claude_code on a server with a model key, else agent_offline)",
    };

    public static Option<string?> Session() => new("--session")
    {
        HelpName = "ID",
        Description = "Go on in this session (default: a new one)",
    };

    public static Option<TimeSpan?> Timeout() => new("--timeout")
    {
        HelpName = "DURATION",
        Description = $"How long the turn may take: {Durations.Forms} (default: 10m)",
        CustomParser = ReadTimeout,
    };

    /// <summary>One of a few words.</summary>
    public static Option<string?> Choice(string name, string description, IReadOnlyList<string> words)
    {
        var option = new Option<string?>(name)
        {
            HelpName = string.Join('|', words),
            Description = description,
            CustomParser = result => Read(
                result, $"is not one of {string.Join(", ", words)}", text => words.Contains(text) ? text : null),
        };
        option.CompletionSources.Add(_ => words.Select(word => new System.CommandLine.Completions.CompletionItem(word)));
        return option;
    }

    public static Option<DateOnly?> Day(string name, string description) => new(name)
    {
        HelpName = "YYYY-MM-DD",
        Description = description,
        CustomParser = result => ReadDay(result),
    };

    /// <summary>Adds <c>--server</c> and <c>--data</c>, and returns what reads them.</summary>
    public static Func<ParseResult, ServerChoice> AddServerChoice(this Command command) =>
        command.AddServerChoice(Server(), Data());

    public static Func<ParseResult, ServerChoice> AddServerChoice(
        this Command command, Option<Uri?> server, Option<string?> data)
    {
        command.Add(server);
        command.Add(data);
        command.Validators.Add(result =>
        {
            if (result.GetResult(server) is { Implicit: false } && result.GetResult(data) is { Implicit: false })
            {
                result.AddError("--server and --data exclude each other: a server has its own data.");
            }
        });
        return parsed => new ServerChoice(parsed.GetValue(server), parsed.GetValue(data));
    }

    private static Uri? ReadUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" ? url : null;

    private static TimeSpan? ReadTimeout(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (!Durations.TryParse(text, out var duration, out var error))
        {
            result.AddError($"--timeout: '{text}' {error}.");
        }
        else if (duration < ShortestTurn || duration > LongestTurn)
        {
            result.AddError($"--timeout: '{text}' is out of range; a turn may take from 1s to 24h.");
        }

        return duration;
    }

    private static DateOnly? ReadDay(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
        {
            return day;
        }

        AddError(result, text, "is not a day such as 2026-01-31");
        return null;
    }

    private static T? Read<T>(ArgumentResult result, string error, Func<string, T?> parse)
        where T : class
    {
        var text = result.Tokens[0].Value;
        if (parse(text) is { } value)
        {
            return value;
        }

        AddError(result, text, error);
        return null;
    }

    private static void AddError(ArgumentResult result, string text, string error) =>
        result.AddError($"{(result.Parent as OptionResult)?.Option.Name}: '{text}' {error}.");
}
