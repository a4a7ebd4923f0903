using Colloquy.SandboxHost.Tests.Support;

namespace Colloquy.SandboxHost.Tests.Sdk;

/// <summary>What the SDK shows of what a sandbox uses.</summary>
public sealed class SdkMetricsTests(SdkMetricsTests.Script script) : IClassFixture<SdkMetricsTests.Script>
{
    public static TheoryData<string> Cases => new(
        "metrics are empty at first and then show what the sandbox has and uses");

    [Theory]
    [MemberData(nameof(Cases))]
    public Task Sdk_case_passes(string name) => script.Judge.RunAsync(name);

    [Fact]
    public void Every_case_of_the_script_is_run() => Assert.Equal(Cases.Select(row => row.Data), script.Judge.Cases);

    public sealed class Script(SharedHost shared) : SdkScript("metrics.mjs", shared);
}
