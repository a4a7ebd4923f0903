using Colloquy.Grains.Tests.Tracing;
using Colloquy.Grains.Uploads;
using Xunit;

namespace Colloquy.Grains.Tests.Uploads;

public sealed class UploadQueueGrainTests : IAsyncLifetime
{
    private static readonly Func<string, CancellationToken, Task> Hang =
        (_, cancellation) => Task.Delay(Timeout.InfiniteTimeSpan, cancellation);

    private UploadCluster _uploads = null!;

    public async ValueTask InitializeAsync() => _uploads = await UploadCluster.StartAsync();

    public async ValueTask DisposeAsync() => await _uploads.DisposeAsync();

    [Fact]
    public async Task Notify_sends_the_turn_with_its_queued_message_and_acknowledges_it()
    {
        var turn = _uploads.AddTurn(1);

        await _uploads.Grain.NotifyAsync();
        await UntilAcknowledgedAsync(turn);

        Assert.Equal(turn.Spans(), Assert.Single(_uploads.Sink.Sent).Spans);
        Assert.Equal(1, (await _uploads.Grain.GetStatusAsync()).Acknowledged);
    }

    [Fact]
    public async Task Activation_sends_rows_of_an_earlier_life()
    {
        var turns = Enumerable.Range(1, 20).Select(number => _uploads.AddTurn(number)).ToArray();

        await _uploads.Grain.GetStatusAsync();

        await UntilAcknowledgedAsync(turns);
        Assert.Equal(20, _uploads.Sink.Sent.Count);
    }

    [Fact]
    public async Task Row_without_a_hint_is_sent_at_the_next_poll()
    {
        await _uploads.Grain.GetStatusAsync();
        var turn = _uploads.AddTurn(1);

        await _uploads.AdvanceUntilAsync(TimeSpan.FromSeconds(5), () => IsAcknowledged(turn));
    }

    [Fact]
    public async Task Failure_that_may_pass_is_retried_when_it_is_scheduled()
    {
        var turn = _uploads.AddTurn(1);
        _uploads.Sink.Answer = (_, _) => throw new HttpRequestException("503");
        var start = _uploads.Time.GetUtcNow();
        await _uploads.Grain.NotifyAsync();
        await _uploads.UntilAsync(() => _uploads.Row(turn).Attempts == 1);
        Assert.Equal(start.AddSeconds(0.75), _uploads.Row(turn).NextAt);
        Assert.Equal("503", _uploads.Row(turn).Reason);

        _uploads.Sink.Answer = (_, _) => Task.CompletedTask;
        await _uploads.AdvanceUntilAsync(TimeSpan.FromMilliseconds(50), () => IsAcknowledged(turn));

        var sent = _uploads.Sink.Sent.ToList();
        Assert.Equal(2, sent.Count);
        Assert.True(sent[1].At >= start.AddSeconds(0.75));
        Assert.Equal(sent[0].Spans, sent[1].Spans);
    }

    [Fact]
    public async Task Refusal_buries_the_row_with_its_reason_and_no_other()
    {
        var refused = _uploads.AddTurn(1);
        var good = _uploads.AddTurn(2);
        _uploads.Sink.Answer = (turn, _) =>
            turn == refused.Turn.Value ? throw new TraceSinkException("Too large.") : Task.CompletedTask;

        await _uploads.Grain.NotifyAsync();
        await UntilAcknowledgedAsync(good);
        await _uploads.UntilAsync(() => _uploads.Row(refused).State == RowState.Dead);

        Assert.Equal("Too large.", _uploads.Row(refused).Reason);
        Assert.Equal(1, _uploads.Row(refused).Attempts);
        Assert.Equal(1, (await _uploads.Grain.GetStatusAsync()).Dead);
    }

    [Fact]
    public async Task Turn_whose_start_is_not_in_the_journal_is_buried()
    {
        var broken = new TurnScript("sesn_broken").Asked("Hi").Idle();
        _uploads.Add(broken, fromSequence: 1);

        await _uploads.Grain.NotifyAsync();

        await _uploads.UntilAsync(() => _uploads.Row(broken).State == RowState.Dead);
        Assert.Contains(broken.Turn.Value, _uploads.Row(broken).Reason, StringComparison.Ordinal);
        Assert.Empty(_uploads.Sink.Sent);
    }

    [Fact]
    public async Task Destination_that_is_not_configured_keeps_its_rows()
    {
        var turn = _uploads.AddTurn(1, "elsewhere");
        var good = _uploads.AddTurn(2);

        await _uploads.Grain.NotifyAsync();
        await UntilAcknowledgedAsync(good);
        await _uploads.UntilAsync(() => _uploads.Row(turn, "elsewhere").Attempts == 1);

        Assert.Equal(RowState.Pending, _uploads.Row(turn, "elsewhere").State);
        Assert.Contains("elsewhere", _uploads.Row(turn, "elsewhere").Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hanging_row_holds_up_no_other_and_times_out()
    {
        var hanging = _uploads.AddTurn(1);
        var others = Enumerable.Range(2, 12).Select(number => _uploads.AddTurn(number)).ToArray();
        _uploads.Sink.Answer = (turn, _) =>
            turn == hanging.Turn.Value ? Task.Delay(Timeout.InfiniteTimeSpan, CancellationToken.None) : Task.CompletedTask;

        await _uploads.Grain.NotifyAsync();
        await UntilAcknowledgedAsync(others);
        Assert.Equal(RowState.Pending, _uploads.Row(hanging).State);

        await _uploads.AdvanceUntilAsync(TimeSpan.FromSeconds(10), () => _uploads.Row(hanging).Attempts == 1);
        Assert.Contains("60 s", _uploads.Row(hanging).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rows_are_sent_a_few_at_a_time()
    {
        var turns = Enumerable.Range(1, 12).Select(number => _uploads.AddTurn(number)).ToArray();
        var full = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _uploads.Sink.Answer = async (_, cancellation) =>
        {
            if (_uploads.Sink.Sent.Count >= UploadQueueGrain.MaxParallel)
            {
                full.TrySetResult();
            }

            await full.Task.WaitAsync(cancellation);
        };

        await _uploads.Grain.NotifyAsync();
        await UntilAcknowledgedAsync(turns);

        Assert.Equal(UploadQueueGrain.MaxParallel, _uploads.Sink.MostConcurrent);
    }

    [Fact]
    public async Task Deactivation_while_sending_loses_nothing()
    {
        var turn = _uploads.AddTurn(1);
        var sending = HangAndSignal();
        await _uploads.Grain.NotifyAsync();
        await sending;

        await _uploads.DeactivateAsync();
        Assert.Equal(0, _uploads.Row(turn).Attempts);
        _uploads.Sink.Answer = (_, _) => Task.CompletedTask;
        await _uploads.Grain.NotifyAsync();

        await UntilAcknowledgedAsync(turn);
        Assert.Equal(2, _uploads.Sink.Sent.Count);
    }

    [Fact]
    public async Task Killed_silo_while_sending_loses_nothing()
    {
        var turn = _uploads.AddTurn(1);
        var sending = HangAndSignal();
        await _uploads.Grain.NotifyAsync();
        await sending;

        await _uploads.KillSiloAsync();
        _uploads.Sink.Answer = (_, _) => Task.CompletedTask;
        await _uploads.NotifyFromSiloAsync();

        await UntilAcknowledgedAsync(turn);
    }

    [Fact]
    public async Task Crash_between_sending_and_acknowledging_sends_the_same_spans_again()
    {
        var turn = _uploads.AddTurn(1);
        _uploads.Store.AcknowledgeFailure = new IOException("The disk is full.");
        await _uploads.Grain.NotifyAsync();
        await _uploads.UntilAsync(() => !_uploads.Sink.Sent.IsEmpty);
        await _uploads.DeactivateAsync();

        _uploads.Store.AcknowledgeFailure = null;
        await _uploads.Grain.NotifyAsync();
        await UntilAcknowledgedAsync(turn);

        var sent = _uploads.Sink.Sent.ToList();
        Assert.Equal(2, sent.Count);
        Assert.Equal(sent[0].Spans, sent[1].Spans);
    }

    [Fact]
    public async Task Store_that_cannot_be_written_pauses_the_queue_and_recovers()
    {
        var turn = _uploads.AddTurn(1);
        _uploads.Store.AcknowledgeFailure = new IOException("The disk is full.");
        await _uploads.Grain.NotifyAsync();
        await _uploads.UntilAsync(() => !_uploads.Sink.Sent.IsEmpty);
        for (var hint = 0; hint < 20; hint++)
        {
            await _uploads.Grain.NotifyAsync();
        }

        Assert.Equal(0, (await _uploads.Grain.GetStatusAsync()).Acknowledged);
        Assert.Single(_uploads.Sink.Sent);

        _uploads.Store.AcknowledgeFailure = null;
        await _uploads.AdvanceUntilAsync(TimeSpan.FromSeconds(1), () => IsAcknowledged(turn));
    }

    [Fact]
    public async Task Sink_that_is_down_for_long_gets_everything_when_it_is_back()
    {
        var turns = Enumerable.Range(1, 10).Select(number => _uploads.AddTurn(number)).ToArray();
        _uploads.Sink.Answer = (_, _) => throw new HttpRequestException("Connection refused");
        await _uploads.Grain.NotifyAsync();
        await _uploads.AdvanceUntilAsync(
            TimeSpan.FromSeconds(30), () => turns.All(turn => _uploads.Row(turn).Attempts >= 12));
        Assert.All(turns, turn => Assert.Equal(RowState.Pending, _uploads.Row(turn).State));

        _uploads.Sink.Answer = (_, _) => Task.CompletedTask;
        var back = _uploads.Time.GetUtcNow();
        await _uploads.AdvanceUntilAsync(TimeSpan.FromSeconds(30), () => turns.All(IsAcknowledged));

        Assert.All(turns, turn => Assert.True(_uploads.Row(turn).NextAt <= back + RetrySchedule.Longest));
    }

    private Task HangAndSignal()
    {
        var sending = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _uploads.Sink.Answer = (turn, cancellation) =>
        {
            sending.TrySetResult();
            return Hang(turn, cancellation);
        };
        return sending.Task;
    }

    private bool IsAcknowledged(TurnScript turn) => _uploads.Row(turn).State == RowState.Acknowledged;

    private Task UntilAcknowledgedAsync(params TurnScript[] turns) => _uploads.UntilAsync(() => turns.All(IsAcknowledged));
}
