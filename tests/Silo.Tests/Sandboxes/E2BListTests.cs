using Colloquy.Grains.Sandboxes;
using Xunit;

namespace Colloquy.Silo.Sandboxes;

public sealed class E2BListTests : E2BTest
{
    private const string List = "GET /v2/sandboxes";

    [Fact]
    public async Task List_yields_running_and_paused_ones_of_all_pages()
    {
        var ours = Enumerable.Range(0, 5).Select(_ => Add(Owner)).ToList();
        ours[1].State = "paused";
        Server.PageLength = 2;

        var listed = await ListAsync();

        Assert.Equal(ours.Select(sandbox => sandbox.Id), listed.Select(status => status.Id).Order());
        Assert.Equal(ours[1].Id, listed.Single(status => status.State == SandboxState.Paused).Id);
        Assert.Equal(3, Server.To(List).Count());
    }

    [Fact]
    public async Task List_asks_for_nothing_of_another_installation_and_yields_nothing_of_it()
    {
        var ours = Add(Owner);
        var foreign = Add("installation-2");
        var nobodys = Server.Add();
        Assert.Equal(ours.Id, Assert.Single(await ListAsync()).Id);

        Server.Next(List, 200, $"[{foreign.ToJson().ToJsonString()},{nobodys.ToJson().ToJsonString()}]");
        Assert.Empty(await ListAsync());
    }

    [Fact]
    public async Task List_finds_what_an_owner_with_separators_created()
    {
        using var provider = NewProvider(Server.Url, options => options.Owner = "a&b=c us/er%25+ü");
        var sandbox = await provider.CreateAsync(Spec, Token);

        Assert.Equal(sandbox.Id, Assert.Single(await provider.ListAsync(Token).ToListAsync(Token)).Id);
        Assert.Empty(await ListAsync());
    }

    [Fact]
    public async Task List_tries_a_page_again_without_starting_over()
    {
        Add(Owner);
        Add(Owner);
        Server.PageLength = 1;
        Server.Next(List, _ => Task.FromResult(false));
        Server.Next(List, 503);

        Assert.Equal(2, (await HurryAsync(ListAsync())).Count);

        Assert.Single(Server.To(List), request => !request.Query.Contains("nextToken=", StringComparison.Ordinal));
    }

    [Fact]
    public async Task List_that_leads_in_a_circle_is_a_failure()
    {
        for (var page = 0; page < 2; page++)
        {
            Server.Next(List, async context =>
            {
                context.Response.Headers["X-Next-Token"] = "1";
                await Task.CompletedTask;
                return false;
            });
        }

        await FailureAsync(SandboxFailure.Unavailable, ListAsync);
    }

    [Fact]
    public async Task List_that_is_refused_says_so()
    {
        Server.Next(List, 400, """{"code":400,"message":"Invalid next token"}""");

        await FailureAsync(SandboxFailure.Refused, ListAsync);
    }

    private FakeSandbox Add(string owner) => Server.Add(new() { ["colloquy_owner"] = owner });

    private async Task<List<SandboxStatus>> ListAsync() => await Provider.ListAsync(Token).ToListAsync(Token);
}
