using Colloquy.Grains.Costs;
using Colloquy.Grains.Sessions;
using Colloquy.Grains.Tests.Fakes;
using Colloquy.Sessions;
using Xunit;

namespace Colloquy.Grains.Tests.Sessions;

public sealed class SessionJournalTests
{
    [Fact]
    public async Task Session_that_could_not_be_stored_is_never_seen()
    {
        var id = new SessionId("sesn_1");
        var seen = new List<SessionState?>();
        SessionJournal journal = null!;
        var store = new InMemorySessionStore
        {
            BeforeAppend = _ =>
            {
                seen.Add(journal.State);
                throw new IOException("disk on fire");
            },
        };
        journal = new SessionJournal(store, PriceBook.BuiltIn, TimeProvider.System, id, "here")
        {
            Stored = _ => { },
            Broken = _ => seen.Add(journal.State),
        };
        var agent = new AgentSummary("agent_offline", 1, "Test", "m");

        await Assert.ThrowsAsync<OutcomeUnknownException>(() => journal.CreateAsync(
            SessionMachine.Create(id, new CreateSession(), agent, "hash", TimeProvider.System.GetUtcNow())));

        Assert.Equal([null, null], seen);
    }
}
