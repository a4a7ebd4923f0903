using Colloquy.SandboxHost.Tests.Support;

namespace Colloquy.SandboxHost.Tests.Sdk;

/// <summary>What the SDK's users do with commands.</summary>
public sealed class SdkCommandTests(SdkCommandTests.Script script) : IClassFixture<SdkCommandTests.Script>
{
    public static TheoryData<string> Cases => new(
        "a command answers with its output",
        "a failed command throws its exit code",
        "output is streamed while a command runs",
        "a background command runs on and can be connected to",
        "a command that is killed says so",
        "input is sent until it is closed",
        "large input comes back",
        "a command without input finds its end",
        "environment is of the sandbox and of the command",
        "a command runs in its folder",
        "a command runs as the user",
        "a command that takes too long times out and is killed",
        "characters that are cut in two arrive whole",
        "large output arrives whole",
        "many commands run at once",
        "a command ends with its sandbox",
        "a terminal is refused");

    [Theory]
    [MemberData(nameof(Cases))]
    public Task Sdk_case_passes(string name) => script.Judge.RunAsync(name);

    [Fact]
    public void Every_case_of_the_script_is_run() => Assert.Equal(Cases.Select(row => row.Data), script.Judge.Cases);

    public sealed class Script(SharedHost shared) : SdkScript("commands.mjs", shared);
}
