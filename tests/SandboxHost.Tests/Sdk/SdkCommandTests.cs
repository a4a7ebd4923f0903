using Colloquy.SandboxHost.Tests.Support;

namespace Colloquy.SandboxHost.Tests.Sdk;

/// <summary>What the SDK's users do with commands.</summary>
public sealed class SdkCommandTests(SdkCommandTests.Script script) : IClassFixture<SdkCommandTests.Script>
{
    public static TheoryData<string> Cases => new(
        "a command answers with its output",
        "a failed command throws its exit code");

    [Theory]
    [MemberData(nameof(Cases))]
    public Task Sdk_case_passes(string name) => script.Judge.RunAsync(name);

    [Fact]
    public void Every_case_of_the_script_is_run() => Assert.Equal(Cases.Select(row => row.Data), script.Judge.Cases);

    public sealed class Script(SharedHost shared) : SdkScript("commands.mjs", shared);
}
