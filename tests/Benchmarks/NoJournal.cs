using System.Reflection;
using Colloquy.Sessions;

namespace Colloquy.Benchmarks;

/// <summary>A session that stores nothing. Public, because proxies derive from it.</summary>
public class NoJournal : DispatchProxy
{
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => Task.CompletedTask;
}

/// <summary>Has only sessions that store nothing.</summary>
public class NoJournalFactory : DispatchProxy
{
    private readonly ISessionGrain _session = Create<ISessionGrain, NoJournal>();

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => _session;
}
