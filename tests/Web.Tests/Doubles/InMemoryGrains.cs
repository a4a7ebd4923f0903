using System.Collections.Concurrent;
using System.Reflection;
using Colloquy.Agents;
using Colloquy.Costs;
using Colloquy.Sandboxes;
using Colloquy.Sessions;
using Colloquy.Uploads;

namespace Colloquy.Web.Tests.Doubles;

/// <summary>A grain factory over plain objects: the HTTP edge without a silo.</summary>
public sealed class InMemoryGrains : ISessionDirectoryGrain, ISandboxDirectoryGrain, IUploadQueueGrain
{
    private readonly ConcurrentDictionary<string, InMemorySession> _sessions = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, InMemoryCostDay> _days = new(StringComparer.Ordinal);

    public InMemoryGrains(TimeProvider time)
    {
        Time = time;
        var factory = DispatchProxy.Create<IGrainFactory, FactoryProxy>();
        ((FactoryProxy)factory).Grains = this;
        Factory = factory;
    }

    public TimeProvider Time { get; }

    public IGrainFactory Factory { get; }

    public SessionQuery? LastQuery { get; private set; }

    public InMemorySession Session(string id) =>
        _sessions.GetOrAdd(id, static (key, grains) => new InMemorySession(new SessionId(key), grains.Time), this);

    public InMemoryCostDay Day(DateOnly day) => Day(new CostKey(CostKey.DefaultTenant, day).GrainKey);

    public Task<SessionPage> ListAsync(SessionQuery query)
    {
        LastQuery = query;
        var all = _sessions.Values.Where(session => session.Exists).Select(session => session.Snapshot())
            .OrderByDescending(session => session.CreatedAt).ThenBy(session => session.Id.Value, StringComparer.Ordinal)
            .ToList();
        var from = query.Cursor is null ? 0 : int.Parse(query.Cursor, null);
        var next = from + query.Limit < all.Count ? $"{from + query.Limit}" : null;
        return Task.FromResult(new SessionPage([.. all.Skip(from).Take(query.Limit)], next));
    }

    public SandboxReport Sandboxes { get; set; } = new([], 0);

    public Exception? SandboxesFail { get; set; }

    Task<SandboxReport> ISandboxDirectoryGrain.ListAsync() =>
        SandboxesFail is { } failure ? throw failure : Task.FromResult(Sandboxes);

    public Task NotifyAsync() => Task.CompletedTask;

    public Task<UploadStatus> GetStatusAsync() => Task.FromResult(new UploadStatus(1, 2, 3, Time.GetUtcNow()));

    private InMemoryCostDay Day(string key) => _days.GetOrAdd(key, static key => new InMemoryCostDay(CostKey.Parse(key).Day));

    private object Resolve(Type type, object? key) =>
        type == typeof(ISessionGrain) ? Session((string)key!)
        : type == typeof(IAgentGrain) ? new InMemoryAgent((string)key!)
        : type == typeof(ICostAggregatorGrain) ? Day((string)key!)
        : this;

    /// <summary>Public, because proxies derive from it.</summary>
    public class FactoryProxy : DispatchProxy
    {
        internal InMemoryGrains? Grains { get; set; }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            Grains!.Resolve(targetMethod!.ReturnType, args![0]);
    }
}

public sealed class InMemoryCostDay(DateOnly day) : ICostAggregatorGrain
{
    public CostDay Value { get; set; } =
        new(day, CostTotals.Zero, new Dictionary<string, CostTotals>(), new Dictionary<string, CostTotals>());

    public Task<CostDay> GetAsync() => Task.FromResult(Value);

    public Task NotifyAsync() => Task.CompletedTask;
}
