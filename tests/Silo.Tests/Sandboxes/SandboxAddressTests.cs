using Colloquy.Silo.Sandboxes.E2B;
using Microsoft.Extensions.Options;
using Xunit;

namespace Colloquy.Silo.Sandboxes;

public sealed class SandboxAddressTests
{
    [Theory]
    [InlineData(null, "e2b.app", "https://sandbox.e2b.app/")]
    [InlineData(null, "e2b.dev", "https://sandbox.e2b.dev/")]
    [InlineData(null, "sandboxes.example.com", "https://49983-i0.sandboxes.example.com/")]
    [InlineData("http://127.0.0.1:1/", "sandboxes.example.com", "http://127.0.0.1:1/")]
    public void Sandboxes_are_reached_as_the_providers_own_clients_do(string? url, string domain, string expected)
    {
        var options = new SandboxOptions { SandboxUrl = url is null ? null : new Uri(url) };

        Assert.Equal(new Uri(expected), SandboxAddress.Of(options, "i0", domain));
    }

    [Theory]
    [InlineData(null, "https://sandbox.e2b.dev/")]
    [InlineData("", "https://sandbox.e2b.dev/")]
    [InlineData("own.example.com", "https://49983-i0.own.example.com/")]
    public void The_domain_that_the_provider_names_wins(string? named, string expected)
    {
        using var client = new E2BClient(Options.Create(new SandboxOptions { Domain = "e2b.dev" }), TimeProvider.System);

        Assert.Equal(new Uri(expected), client.SandboxUrl("i0", named));
    }
}
