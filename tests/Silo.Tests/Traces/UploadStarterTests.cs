using Colloquy.Silo.Traces;
using Xunit;

namespace Colloquy.Silo.Tests.Traces;

public sealed class UploadStarterTests
{
    [Theory]
    [InlineData(null, "Traces stay local in /data/traces.")]
    [InlineData(" ", "Traces stay local in /data/traces.")]
    [InlineData(
        "key",
        "BRAINTRUST_API_KEY is set: uploading to Braintrust comes with a later version; traces stay local in /data/traces.")]
    public async Task Start_wakes_the_queue_and_says_in_one_line_where_traces_go(string? key, string line)
    {
        using var server = new TraceServer(("Logging:LogLevel:Default", "Information"), (UploadStarter.BraintrustKey, key));

        await server.Host.StartAsync(TestContext.Current.CancellationToken);
        await server.Rows.Asked.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        await server.Host.StopAsync(TestContext.Current.CancellationToken);

        Assert.Equal(line, Assert.Single(server.Lines, text => text.Contains("/data/traces", StringComparison.Ordinal)));
    }
}
