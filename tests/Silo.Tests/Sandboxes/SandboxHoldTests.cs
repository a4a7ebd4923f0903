using System.Reflection;
using System.Threading.Channels;
using Colloquy.Sandboxes;
using Colloquy.Sessions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Colloquy.Silo.Sandboxes;

public sealed class SandboxHoldTests
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Session_is_told_as_long_as_files_travel_and_whatever_it_answers()
    {
        var time = new FakeTimeProvider();
        var session = DispatchProxy.Create<ISessionGrain, SessionProxy>();
        var told = ((SessionProxy)session).Told;
        var hold = new SandboxHold(session, sandbox: null!, Period, time);

        for (var times = 0; times < 3; times++)
        {
            time.Advance(Period);
            Assert.Equal("OpenSandboxAsync(False)", await told.Reader.ReadAsync(TestContext.Current.CancellationToken));
        }

        await hold.DisposeAsync();
        time.Advance(Period);
        Assert.False(told.Reader.TryRead(out _));
    }

    /// <summary>Public, because proxies derive from it.</summary>
    public class SessionProxy : DispatchProxy
    {
        public Channel<string> Told { get; } = Channel.CreateUnbounded<string>();

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            Told.Writer.TryWrite($"{targetMethod!.Name}({string.Join(", ", args!)})");
            return Task.FromException<SandboxAccess?>(new SandboxUnavailableException("not now"));
        }
    }
}
