using Colloquy.SandboxHost.Sandboxes;
using Colloquy.SandboxHost.Tests.Support;
using CsCheck;

namespace Colloquy.SandboxHost.Tests;

public sealed class FateTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch;

    [Fact]
    public void Only_a_living_sandbox_whose_time_is_not_over_runs_on() => Any.Sample(found =>
        Assert.Equal(found.Record.State == RecordedState.Running && found.Alive && found.Record.EndAt > Now, Of(found) == Fate.Adopted));

    [Fact]
    public void What_is_paused_or_wants_to_be_is_never_lost() => Any.Sample(found =>
    {
        if (found.Record.State == RecordedState.Paused || found.Record.Request.AutoPause)
            Assert.True(Of(found) is Fate.Adopted or Fate.Paused or Fate.PausedLate);
        else
            Assert.True(Of(found) is Fate.Adopted or Fate.Ended or Fate.Gone);
    });

    [Fact]
    public void Time_that_was_over_is_told_apart() => Any.Sample(found =>
        Assert.Equal(found.Record.State == RecordedState.Running && found.Record.EndAt <= Now, Of(found) is Fate.Ended or Fate.PausedLate));

    private static Gen<(SandboxRecord Record, bool Alive)> Any =>
        Gen.Select(Gen.Bool, Gen.Bool, Gen.Bool, Gen.Int[-2, 2]).Select((paused, autoPause, alive, end) => (
            new SandboxRecord(
                paused ? RecordedState.Paused : RecordedState.Running,
                TestRequests.Usual with { AutoPause = autoPause },
                Now.AddSeconds(-10),
                Now.AddSeconds(end),
                null),
            alive));

    private static Fate Of((SandboxRecord Record, bool Alive) found) => Fates.Of(found.Record, found.Alive, Now);
}
