using Colloquy.Grains.Sandboxes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace Colloquy.Silo.Sandboxes;

public sealed class SandboxHostingTests
{
    [Fact]
    public async Task Sandboxes_are_registered_with_what_the_configuration_says()
    {
        await using var services = Build(new() { ["Sandbox:ApiKey"] = "e2b_key", ["Sandbox:Owner"] = "me", ["Sandbox:Template"] = "mine", ["Sandbox:Timeout"] = "00:10:00" });

        var options = services.GetRequiredService<IOptions<SandboxOptions>>().Value;

        Assert.Equal(("mine", TimeSpan.FromMinutes(10), "e2b.app"), (options.Template, options.Timeout, options.Domain));
        Assert.NotNull(services.GetRequiredService<ISandboxProvider>());
    }

    [Fact]
    public async Task Templates_may_be_called_otherwise_at_the_provider()
    {
        await using var services = Build(new()
        {
            ["Sandbox:ApiKey"] = "e2b_key",
            ["Sandbox:Owner"] = "me",
            ["Sandbox:Templates:claude"] = "colloquy-claude",
        });

        var options = services.GetRequiredService<IOptions<SandboxOptions>>().Value;

        Assert.Equal("colloquy-claude", options.Templates["claude"]);
    }

    [Theory]
    [InlineData("Sandbox:Templates:claude", " ")]
    [InlineData("Sandbox:ApiKey", "")]
    [InlineData("Sandbox:ApiUrl", "ftp://x")]
    [InlineData("Sandbox:SandboxUrl", "relative")]
    [InlineData("Sandbox:Domain", "not a domain")]
    [InlineData("Sandbox:Template", " ")]
    [InlineData("Sandbox:User", "a:b")]
    [InlineData("Sandbox:Owner", " ")]
    [InlineData("Sandbox:Timeout", "-00:00:01")]
    [InlineData("Sandbox:Timeout", "01:00:01")]
    [InlineData("Sandbox:MaxRun", "00:00:59")]
    [InlineData("Sandbox:RequestTimeout", "00:00:00")]
    public async Task A_wrong_value_is_named_by_its_key(string key, string value)
    {
        await using var services = Build(new() { ["Sandbox:ApiKey"] = "e2b_key", ["Sandbox:Owner"] = "me", [key] = value });

        var exception = Assert.Throws<OptionsValidationException>(
            () => services.GetRequiredService<IOptions<SandboxOptions>>().Value);

        Assert.StartsWith(key, Assert.Single(exception.Failures), StringComparison.Ordinal);
    }

    private static ServiceProvider Build(Dictionary<string, string?> settings) =>
        new ServiceCollection()
            .AddLogging()
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(settings).Build())
            .AddE2BSandboxes()
            .BuildServiceProvider();
}
