using System.Globalization;
using Colloquy.SandboxHost.Http;
using Colloquy.SandboxHost.Sandboxes;

namespace Colloquy.SandboxHost.ControlPlane;

/// <summary>What a list call asks for.</summary>
internal sealed class ListQuery
{
    private const int LargestPage = 100;
    private readonly IReadOnlyList<KeyValuePair<string, string>> _metadata;
    private readonly DateTimeOffset? _startedAfter;
    private readonly string? _template;
    private readonly PageToken? _after;
    private readonly bool _ascending;
    private readonly bool _paused;
    private readonly int _limit;

    /// <exception cref="ApiException">400: a parameter is wrong.</exception>
    internal ListQuery(IQueryCollection query)
    {
        _metadata = MetadataFilter.Parse(query["metadata"]);
        _ascending = IsAscending(query["order"]);
        _after = PageToken.Parse(query["nextToken"], _ascending);
        _startedAfter = TimeOf(query["startedAfter"]);
        _template = query["template"];
        _limit = LimitOf(query["limit"]);
        (Running, _paused) = StatesOf(query["state"]);
    }

    /// <summary>Whether running ones are wanted.</summary>
    internal bool Running { get; }

    /// <returns>One page, where it ended if there are more, and how many of all pages run.</returns>
    internal (IReadOnlyList<Sandbox> Page, PageToken? Next, int Running) Select(IEnumerable<Sandbox> all)
    {
        // Their starts may change meanwhile, and sorting would not like that.
        var found = all.Where(Matches).Select(sandbox => (Sandbox: sandbox, sandbox.StartedAt)).ToArray();
        var rest = found.Where(one => _after?.IsBefore(one.StartedAt, one.Sandbox.Id) ?? true);
        var sorted = (_ascending ? rest.OrderBy(one => one.StartedAt) : rest.OrderByDescending(one => one.StartedAt))
            .ThenBy(one => one.Sandbox.Id, StringComparer.Ordinal)
            .Take(_limit + 1)
            .ToArray();
        PageToken? next = sorted.Length > _limit
            ? new PageToken(sorted[_limit - 1].StartedAt, sorted[_limit - 1].Sandbox.Id, _ascending)
            : null;
        return ([.. sorted.Take(_limit).Select(one => one.Sandbox)], next, found.Count(one => one.Sandbox.IsRunning));
    }

    private bool Matches(Sandbox sandbox) =>
        (sandbox.IsRunning ? Running : _paused)
        && _metadata.Matches(sandbox.Metadata)
        && (_startedAfter is not { } earliest || sandbox.StartedAt >= earliest)
        && (string.IsNullOrEmpty(_template) || string.Equals(_template, sandbox.Request.Template, StringComparison.OrdinalIgnoreCase));

    private static bool IsAscending(string? order) => order switch
    {
        null or "" or "desc" => false,
        "asc" => true,
        _ => throw new ApiException(400, $"validation error: order '{order}' is not asc or desc"),
    };

    private static DateTimeOffset? TimeOf(string? time)
    {
        if (string.IsNullOrEmpty(time)) return null;
        return DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var parsed)
            ? parsed
            : throw new ApiException(400, $"validation error: startedAfter '{time}' is not a time");
    }

    private static (bool Running, bool Paused) StatesOf(string? state)
    {
        if (string.IsNullOrEmpty(state)) return (true, true);
        var states = state.Split(',');
        return states.All(one => one is SandboxViews.Running or SandboxViews.Paused)
            ? (states.Contains(SandboxViews.Running), states.Contains(SandboxViews.Paused))
            : throw new ApiException(400, $"validation error: state '{state}' is not running, paused or both");
    }

    private static int LimitOf(string? limit)
    {
        if (string.IsNullOrEmpty(limit)) return LargestPage;
        return int.TryParse(limit, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= LargestPage
            ? number
            : throw new ApiException(400, $"validation error: limit must be between 1 and {LargestPage}");
    }
}
