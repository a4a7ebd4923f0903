using Colloquy.Silo.Sandboxes.E2B;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Colloquy.Silo.Sandboxes;

public sealed class UploadContentTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_source_may_take_its_time()
    {
        using var patience = new CancellationTokenSource(Limit, _time);
        using var source = new SlowStream(() => _time.Advance(Limit * 5));
        using var content = new UploadContent(source, patience, Limit);

        await content.CopyToAsync(Stream.Null, Token);

        Assert.False(patience.IsCancellationRequested);
        _time.Advance(Limit);
        Assert.True(patience.IsCancellationRequested);
    }

    [Fact]
    public async Task A_server_may_not()
    {
        using var patience = new CancellationTokenSource(Limit, _time);
        using var content = new UploadContent(new MemoryStream(new byte[10]), patience, Limit);
        using var server = new SlowStream(() => _time.Advance(Limit));

        await content.CopyToAsync(server, Token);

        Assert.True(patience.IsCancellationRequested);
        Assert.Null(content.SourceFailure);
    }

    /// <summary>A byte at a time, and none after the third.</summary>
    private sealed class SlowStream(Action wait) : MemoryStream(new byte[3])
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            wait();
            return base.ReadAsync(buffer[..1], cancellationToken);
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            wait();
            return ValueTask.CompletedTask;
        }
    }
}
