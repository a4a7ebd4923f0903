using Colloquy.SandboxHost.DataPlane;
using CsCheck;

namespace Colloquy.SandboxHost.Tests.Network;

public sealed class SandboxAddressTests
{
    private static readonly Gen<string> Ids = Gen.String[Gen.Char["abcdefghijklmnopqrstuvwxyz0123456789"], 1, 25];

    [Theory]
    [InlineData("49983-i1.localhost", "i1", 49983)]
    [InlineData("80-i1.e2b.app", "i1", 80)]
    [InlineData("80-I1.E2B.app", "i1", 80)]
    [InlineData("80-i1-6532622b.e2b.app", "i1", 80)]
    public void Host_names_port_and_sandbox(string host, string id, int port) =>
        Assert.Equal((new SandboxAddress(id, port), null), SandboxAddress.Parse(host, null, null));

    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    [InlineData("[::1]")]
    [InlineData("api.localhost")]
    [InlineData("80-i1")]
    [InlineData("0-i1.localhost")]
    [InlineData("65536-i1.localhost")]
    [InlineData("+80-i1.localhost")]
    [InlineData("80-.localhost")]
    [InlineData("-i1.localhost")]
    [InlineData("80-i_1.localhost")]
    [InlineData("")]
    public void Other_host_names_nothing(string host)
    {
        Assert.Equal((null, null), SandboxAddress.Parse(host, null, null));
        Assert.Equal((new SandboxAddress("i2", 81), null), SandboxAddress.Parse(host, "i2", "81"));
    }

    [Theory]
    [InlineData(null, "80", "missing header")]
    [InlineData("i1", null, "missing header")]
    [InlineData("i1", "", "Invalid sandbox port")]
    [InlineData("i1", "70000", "Invalid sandbox port")]
    [InlineData("i1", "0", "Invalid sandbox port")]
    [InlineData("../etc", "80", "Invalid sandbox ID")]
    [InlineData("", "80", "Invalid sandbox ID")]
    public void Wrong_headers_are_refused(string? id, string? port, string error) =>
        Assert.Equal((null, error), SandboxAddress.Parse("localhost", id, port));

    [Fact]
    public void Host_of_a_sandbox_wins_over_headers() =>
        Assert.Equal((new SandboxAddress("i1", 80), null), SandboxAddress.Parse("80-i1.localhost", "i2", "49983"));

    [Fact]
    public void Every_sandbox_and_port_can_be_named_both_ways() =>
        Gen.Select(Ids, Gen.Int[1, 65535]).Sample((id, port) =>
        {
            var expected = new SandboxAddress(id, port);
            Assert.Equal((expected, null), SandboxAddress.Parse($"{port}-{id}.example.com", null, null));
            Assert.Equal((expected, null), SandboxAddress.Parse("10.0.0.1", id, $"{port}"));
        });

    [Fact]
    public void Any_text_is_parsed_without_failing() =>
        Gen.Select(Gen.String, Gen.String.Null(), Gen.String.Null()).Sample((host, id, port) =>
        {
            var (address, error) = SandboxAddress.Parse(host, id, port);
            Assert.True(address is null || error is null);
        });
}
