using Colloquy.Web.ModelGateway;

namespace Colloquy.Web.Tests.ModelGateway;

public sealed class ModelGatewayOptionsTests
{
    [Fact]
    public void Defaults_are_valid() => Assert.Empty(new ModelGatewayOptions().Problems());

    [Fact]
    public void Wrong_values_are_named_and_secrets_are_not_repeated()
    {
        var options = new ModelGatewayOptions
        {
            ProviderUrl = "https://user:pass@host",
            PublicUrl = "nowhere",
            ApiKey = "sk-secret\n",
            TokenKey = "short",
        };

        var problems = options.Problems().ToList();

        Assert.Equal(4, problems.Count);
        Assert.Collection(
            problems,
            problem => Assert.Contains("ModelGateway:ProviderUrl", problem, StringComparison.Ordinal),
            problem => Assert.Contains("ModelGateway:PublicUrl", problem, StringComparison.Ordinal),
            problem => Assert.Contains("ModelGateway:ApiKey", problem, StringComparison.Ordinal),
            problem => Assert.Contains("ModelGateway:TokenKey", problem, StringComparison.Ordinal));
        Assert.All(problems, problem => Assert.DoesNotContain("secret", problem, StringComparison.Ordinal));
        Assert.All(problems, problem => Assert.DoesNotContain("pass", problem, StringComparison.Ordinal));
    }
}
