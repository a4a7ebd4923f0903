using Colloquy.SandboxHost.Tests.Support;

namespace Colloquy.SandboxHost.Tests.Sdk;

/// <summary>What the SDK's users do with sandboxes as a whole.</summary>
public sealed class SdkLifecycleTests(SdkLifecycleTests.Script script) : IClassFixture<SdkLifecycleTests.Script>
{
    public static TheoryData<string> Cases => new(
        "a sandbox has the metadata, variables and time it was given",
        "a killed sandbox is gone",
        "a timeout can be set and ends the sandbox",
        "files outlive a pause",
        "another client connects by id",
        "a sandbox can be paused at its timeout and wakes by itself",
        "sandboxes are listed by metadata and state, page by page",
        "what cannot be had is refused");

    [Theory]
    [MemberData(nameof(Cases))]
    public Task Sdk_case_passes(string name) => script.Judge.RunAsync(name);

    [Fact]
    public void Every_case_of_the_script_is_run() => Assert.Equal(Cases.Select(row => row.Data), script.Judge.Cases);

    public sealed class Script(SharedHost shared) : SdkScript("lifecycle.mjs", shared);
}
