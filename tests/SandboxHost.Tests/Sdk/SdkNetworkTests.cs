using Colloquy.SandboxHost.Network;
using Colloquy.SandboxHost.Tests.Support;

namespace Colloquy.SandboxHost.Tests.Sdk;

/// <summary>What the SDK's users do with ports and the internet.</summary>
public sealed class SdkNetworkTests(SdkNetworkTests.Script script) : IClassFixture<SdkNetworkTests.Script>
{
    private const string Internet = "internet access is given and taken";

    public static TheoryData<string> Cases => new(
        "a server in the sandbox answers at its host",
        "a sandbox that is not public asks for its traffic token",
        Internet);

    [Theory]
    [MemberData(nameof(Cases))]
    public Task Sdk_case_passes(string name)
    {
        Assert.SkipWhen(name == Internet && Slirp.Missing() is not null, $"This machine has no open network: {Slirp.Missing()}");
        return script.Judge.RunAsync(name);
    }

    [Fact]
    public void Every_case_of_the_script_is_run() => Assert.Equal(Cases.Select(row => row.Data), script.Judge.Cases);

    public sealed class Script(SharedHost shared) : SdkScript("network.mjs", shared);
}
