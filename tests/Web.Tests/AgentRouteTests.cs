namespace Colloquy.Web.Tests;

/// <summary>Agents over HTTP, with the grains and the store that they have in production.</summary>
public sealed class AgentRouteTests(WholeServer server) : DefinitionTest(server)
{
    private const string Full = """
        {"name":"Coder","model":{"id":"claude-opus-5-5","speed":"standard"},"description":"d","system":"Be brief.",
         "tools":[
           {"type":"agent_toolset_20260401","default_config":{"enabled":false},
            "configs":[{"name":"bash","enabled":true,"permission_policy":{"type":"always_ask"}}]},
           {"type":"mcp_toolset","mcp_server_name":"docs"}],
         "mcp_servers":[{"type":"url","name":"docs","url":"https://docs.example/mcp"}],
         "local_mcp_servers":[{"name":"files","command":["node","server.js"],"variables":{"A":"1"}}],
         "metadata":{"team":"red"},"runtime":"command","command":["python3","agent.py"],"permission_mode":"plan",
         "max_turns":7,"turn_timeout_seconds":90.5,"variables":{"LANG":"C"},"usage_source":"output",
         "tracing":{"agent_spans":false},"unknown":[1]}
        """;

    [Fact]
    public async Task Create_echoes_every_member()
    {
        var (status, agent) = await PostAsync("/v1/agents", Full);

        Assert.Equal(200, status);
        Assert.StartsWith("agent_", Text(agent, "id"));
        Assert.Equal(1, agent.GetProperty("version").GetInt32());
        AssertJson("""{"id":"claude-opus-5-5","speed":"standard"}""", agent.GetProperty("model"));
        AssertJson("""
            [{"type":"agent_toolset_20260401","default_config":{"enabled":false,"permission_policy":{"type":"always_allow"}},
              "configs":[{"type":"bash","name":"bash","enabled":true,"permission_policy":{"type":"always_ask"}}]},
             {"type":"mcp_toolset","default_config":{"enabled":true,"permission_policy":{"type":"always_allow"}},"configs":[],
              "mcp_server_name":"docs"}]
            """, agent.GetProperty("tools"));
        AssertJson("""[{"type":"url","name":"docs","url":"https://docs.example/mcp"}]""", agent.GetProperty("mcp_servers"));
        AssertJson(
            """[{"name":"files","command":["node","server.js"],"variables":{"A":"1"}}]""", agent.GetProperty("local_mcp_servers"));
        Assert.Equal(("command", "plan", "output"), (Text(agent, "runtime"), Text(agent, "permission_mode"), Text(agent, "usage_source")));
        Assert.Equal((7, 90.5), (agent.GetProperty("max_turns").GetInt32(), agent.GetProperty("turn_timeout_seconds").GetDouble()));
        AssertJson("""["python3","agent.py"]""", agent.GetProperty("command"));
        AssertJson("""{"LANG":"C"}""", agent.GetProperty("variables"));
        AssertJson("""{"agent_spans":false}""", agent.GetProperty("tracing"));
        AssertJson("""{"team":"red"}""", agent.GetProperty("metadata"));
        Assert.Equal(agent.GetRawText(), (await GetAsync($"/v1/agents/{Text(agent, "id")}")).Json.GetRawText());
    }

    [Fact]
    public async Task Update_keeps_what_is_left_out_and_clears_what_is_null()
    {
        var id = await CreateAsync("/v1/agents", Full);

        var (_, updated) = await PostAsync($"/v1/agents/{id}", """
            {"system":null,"description":"","tools":null,"mcp_servers":null,"max_turns":null,
             "metadata":{"team":null,"a":"b"},"version":1}
            """);

        Assert.Equal(2, updated.GetProperty("version").GetInt32());
        Assert.Equal(("Coder", "command"), (Text(updated, "name"), Text(updated, "runtime")));
        foreach (var cleared in (string[])["system", "description", "max_turns"])
        {
            Assert.Equal(System.Text.Json.JsonValueKind.Null, updated.GetProperty(cleared).ValueKind);
        }

        Assert.Equal((0, 0), (updated.GetProperty("tools").GetArrayLength(), updated.GetProperty("mcp_servers").GetArrayLength()));
        Assert.Equal(1, updated.GetProperty("local_mcp_servers").GetArrayLength());
        AssertJson("""{"a":"b"}""", updated.GetProperty("metadata"));
        var (_, first) = await GetAsync($"/v1/agents/{id}?version=1");
        Assert.Equal("Be brief.", Text(first, "system"));
    }

    [Fact]
    public async Task Update_that_changes_nothing_makes_no_version()
    {
        var id = await CreateAsync("/v1/agents", Full);

        var (_, same) = await PostAsync($"/v1/agents/{id}", """{"name":"Coder","metadata":{"team":"red"},"variables":{"LANG":"C"}}""");

        Assert.Equal(1, same.GetProperty("version").GetInt32());
    }

    [Fact]
    public async Task Update_of_an_old_version_is_a_conflict()
    {
        var id = await CreateAsync("/v1/agents", Full);
        await PostAsync($"/v1/agents/{id}", """{"name":"b","version":1}""");

        var late = await PostAsync($"/v1/agents/{id}", """{"name":"c","version":1}""");
        var (_, agent) = await GetAsync($"/v1/agents/{id}");

        Assert.Equal((409, "version_conflict", "b"), (late.Status, Code(late), Text(agent, "name")));
    }

    [Fact]
    public async Task Updates_at_once_without_a_version_are_all_made()
    {
        var id = await CreateAsync("/v1/agents", """{"name":"a","model":"m"}""");

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(
            n => PostAsync($"/v1/agents/{id}", $$$"""{"metadata":{"k{{{n}}}":"v"}}""")));

        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        var (_, agent) = await GetAsync($"/v1/agents/{id}");
        Assert.Equal((9, 8), (agent.GetProperty("version").GetInt32(), agent.GetProperty("metadata").EnumerateObject().Count()));
    }

    [Fact]
    public async Task Versions_are_listed_newest_first_in_pages()
    {
        var id = await CreateAsync("/v1/agents", """{"name":"1","model":"m"}""");
        await PostAsync($"/v1/agents/{id}", """{"name":"2"}""");
        await PostAsync($"/v1/agents/{id}", """{"name":"3"}""");

        var (_, first) = await GetAsync($"/v1/agents/{id}/versions?limit=2");
        var (_, second) = await GetAsync($"/v1/agents/{id}/versions?limit=2&page={Text(first, "next_page")}");

        Assert.Equal(["3", "2"], first.GetProperty("data").EnumerateArray().Select(agent => Text(agent, "name")));
        Assert.Equal(["1"], second.GetProperty("data").EnumerateArray().Select(agent => Text(agent, "name")));
        Assert.Equal(System.Text.Json.JsonValueKind.Null, second.GetProperty("next_page").ValueKind);
    }

    [Fact]
    public async Task List_pages_through_own_agents_and_then_the_built_in_ones()
    {
        var older = await CreateAsync("/v1/agents", """{"name":"older","model":"m"}""");
        var archived = await CreateAsync("/v1/agents", """{"name":"gone","model":"m"}""");
        var newer = await CreateAsync("/v1/agents", """{"name":"newer","model":"m"}""");
        await PostAsync($"/v1/agents/{archived}/archive", null);

        var listed = await ListAsync("");
        var all = await ListAsync("&include_archived=true");

        Assert.Equal(newer, listed[0]);
        Assert.True(listed.IndexOf(older) > 0);
        Assert.DoesNotContain(archived, listed);
        Assert.Contains(archived, all);
        Assert.Equal(["agent_claude_code", "agent_default", "agent_offline", "agent_python"], listed[^4..]);
        Assert.Equal(listed.Distinct(), listed);
        Assert.DoesNotContain(older, await ListAsync("&created_at%5Bgte%5D=2100-01-01T00:00:00Z"));
        Assert.Contains(older, await ListAsync("&created_at%5Blte%5D=2100-01-01T00:00:00Z"));
    }

    [Fact]
    public async Task Idempotency_key_gives_one_agent()
    {
        var key = Guid.NewGuid().ToString();

        var (_, first) = await PostAsync("/v1/agents", Full, key);
        var (_, again) = await PostAsync("/v1/agents", Full, key);
        var other = await PostAsync("/v1/agents", """{"name":"a","model":"m"}""", key);

        Assert.Equal(Text(first, "id"), Text(again, "id"));
        Assert.Equal(422, other.Status);
    }

    [Fact]
    public async Task Archived_agent_starts_no_sessions_and_takes_no_changes_but_its_sessions_go_on()
    {
        var id = await CreateAsync("/v1/agents", """{"name":"a","model":"offline-1","runtime":"offline"}""");
        var session = await CreateAsync("/v1/sessions", $$"""{"agent":"{{id}}"}""");

        var (_, archived) = await PostAsync($"/v1/agents/{id}/archive", null);
        var (_, again) = await PostAsync($"/v1/agents/{id}/archive", null);
        var created = await PostAsync("/v1/sessions", $$"""{"agent":"{{id}}"}""");
        var updated = await PostAsync($"/v1/agents/{id}", """{"name":"b"}""");
        var sent = await PostAsync($"/v1/sessions/{session}/events", """{"events":[{"type":"user.message","content":"What is 1+1?"}]}""");

        Assert.Equal(Text(archived, "archived_at"), Text(again, "archived_at"));
        Assert.Equal((400, "agent"), (created.Status, Field(created)));
        Assert.Equal((409, "archived"), (updated.Status, Code(updated)));
        Assert.Equal(200, sent.Status);
    }

    [Fact]
    public async Task Session_keeps_the_version_and_the_timeout_that_it_was_created_with()
    {
        var id = await CreateAsync(
            "/v1/agents", """{"name":"a","model":"offline-1","runtime":"offline","system":"one","turn_timeout_seconds":42}""");
        var latest = await CreateAsync("/v1/sessions", $$"""{"agent":"{{id}}"}""");
        await PostAsync($"/v1/agents/{id}", """{"system":"two"}""");

        var pinned = await CreateAsync("/v1/sessions", $$$"""{"agent":{"type":"agent","id":"{{{id}}}","version":2},"turn_timeout_seconds":5}""");
        var missing = await PostAsync("/v1/sessions", $$$"""{"agent":{"type":"agent","id":"{{{id}}}","version":3}}""");
        var (_, first) = await GetAsync($"/v1/sessions/{latest}");
        var (_, second) = await GetAsync($"/v1/sessions/{pinned}");

        Assert.Equal(("one", 42), (Text(first.GetProperty("agent"), "system"), first.GetProperty("turn_timeout_seconds").GetDouble()));
        Assert.Equal(("two", 5), (Text(second.GetProperty("agent"), "system"), second.GetProperty("turn_timeout_seconds").GetDouble()));
        Assert.Equal((400, "agent"), (missing.Status, Field(missing)));
    }

    [Theory]
    [InlineData("", """{"name":"x"}""")]
    [InlineData("/archive", null)]
    public async Task Built_in_agents_cannot_be_changed(string action, string? body)
    {
        var answer = await PostAsync($"/v1/agents/agent_offline{action}", body);

        Assert.Equal((400, "built_in"), (answer.Status, Code(answer)));
        Assert.Equal(200, (await GetAsync("/v1/agents/agent_offline/versions")).Status);
    }

    [Theory]
    [InlineData("/v1/agents/agent_nothere")]
    [InlineData("/v1/agents/xyz")]
    [InlineData("/v1/agents/agent_offline?version=9")]
    [InlineData("/v1/agents/agent_nothere/versions")]
    public async Task Unknown_agent_is_not_found(string path)
    {
        var answer = await GetAsync(path);

        Assert.Equal((404, "agent_not_found"), (answer.Status, Code(answer)));
    }

    [Theory]
    [InlineData("""{"model":"m"}""", "name")]
    [InlineData("""{"name":"","model":"m"}""", "name")]
    [InlineData("""{"name":"a"}""", "model")]
    [InlineData("""{"name":"a","model":"two words"}""", "model")]
    [InlineData("""{"name":"a","model":{"id":"m","speed":"fast"}}""", "model.speed")]
    [InlineData("""{"name":"a","model":{"id":"m","effort":"high"}}""", "model.effort")]
    [InlineData("""{"name":"a","model":"m","runtime":"java"}""", "runtime")]
    [InlineData("""{"name":"a","model":"m","runtime":"command"}""", "command")]
    [InlineData("""{"name":"a","model":"m","command":["x"]}""", "command")]
    [InlineData("""{"name":"a","model":"m","permission_mode":"yolo"}""", "permission_mode")]
    [InlineData("""{"name":"a","model":"m","usage_source":"guess"}""", "usage_source")]
    [InlineData("""{"name":"a","model":"m","max_turns":0}""", "max_turns")]
    [InlineData("""{"name":"a","model":"m","max_turns":1.5}""", "max_turns")]
    [InlineData("""{"name":"a","model":"m","turn_timeout_seconds":0}""", "turn_timeout_seconds")]
    [InlineData("""{"name":"a","model":"m","variables":{"1A":"x"}}""", "variables.1A")]
    [InlineData("""{"name":"a","model":"m","variables":{"A":1}}""", "variables.A")]
    [InlineData("""{"name":"a","model":"m","variables":{"A":"\u0000"}}""", "variables.A")]
    [InlineData("""{"name":"a","model":"m","tracing":{"agent_spans":1}}""", "tracing.agent_spans")]
    [InlineData("""{"name":"a","model":"m","skills":[{"type":"custom","skill_id":"s"}]}""", "skills")]
    [InlineData("""{"name":"a","model":"m","multiagent":{"type":"coordinator"}}""", "multiagent")]
    [InlineData("""{"name":"a","model":"m","execution_identity":{"type":"aws_role"}}""", "execution_identity.type")]
    [InlineData("""{"name":"a","model":"m","tools":[{"type":"custom","name":"x"}]}""", "tools[0].type")]
    [InlineData("""{"name":"a","model":"m","tools":[{"type":"mcp_toolset","mcp_server_name":"x"}]}""", "tools[0].mcp_server_name")]
    [InlineData("""{"name":"a","model":"m","tools":[{"type":"agent_toolset_20260401","configs":[{"name":"rm"}]}]}""", "tools[0].configs[0].name")]
    [InlineData("""{"name":"a","model":"m","tools":[{"type":"agent_toolset_20260401","configs":[{"name":"web_fetch","allowed_domains":["a"]}]}]}""", "tools[0].configs[0].allowed_domains")]
    [InlineData("""{"name":"a","model":"m","tools":[{"type":"agent_toolset_20260401","default_config":{"permission_policy":{"type":"auto"}}}]}""", "tools[0].default_config.permission_policy.type")]
    [InlineData("""{"name":"a","model":"m","mcp_servers":[{"name":"x","url":"ftp://x"}]}""", "mcp_servers")]
    [InlineData("""{"name":"a","model":"m","mcp_servers":[{"name":"x"}]}""", "mcp_servers[0]")]
    [InlineData("""{"name":"a","model":"m","local_mcp_servers":[{"name":"x","command":[]}]}""", "local_mcp_servers")]
    [InlineData("""{"name":"a","model":"m","mcp_servers":[{"name":"x","url":"http://x"}],"local_mcp_servers":[{"name":"x","command":["y"]}]}""", "local_mcp_servers")]
    [InlineData("""{"name":"a","model":"m","metadata":{"":"x"}}""", "metadata.")]
    [InlineData("[]", "body")]
    public async Task Create_refuses(string body, string field)
    {
        var answer = await PostAsync("/v1/agents", body);

        Assert.Equal((400, field), (answer.Status, Field(answer)));
    }

    [Theory]
    [InlineData("/v1/agents?page=x", "page")]
    [InlineData("/v1/agents?limit=101", "limit")]
    [InlineData("/v1/agents?include_archived=yes", "include_archived")]
    [InlineData("/v1/agents?created_at%5Bgt%5D=2026-01-01T00:00:00Z", "created_at[gt]")]
    [InlineData("/v1/agents?created_at%5Bgte%5D=today", "created_at[gte]")]
    [InlineData("/v1/agents/agent_offline?version=0", "version")]
    [InlineData("/v1/agents/agent_offline/versions?page=x", "page")]
    public async Task Query_refuses(string path, string field)
    {
        var answer = await GetAsync(path);

        Assert.Equal((400, field), (answer.Status, Field(answer)));
    }

    [Fact]
    public async Task Update_that_is_refused_changes_nothing()
    {
        var id = await CreateAsync("/v1/agents", Full);

        var cleared = await PostAsync($"/v1/agents/{id}", """{"name":null}""");
        var wrong = await PostAsync($"/v1/agents/{id}", """{"system":"new","max_turns":-1}""");
        var (_, agent) = await GetAsync($"/v1/agents/{id}");

        Assert.Equal((400, "name"), (cleared.Status, Field(cleared)));
        Assert.Equal((400, "max_turns"), (wrong.Status, Field(wrong)));
        Assert.Equal((1, "Be brief."), (agent.GetProperty("version").GetInt32(), Text(agent, "system")));
    }

    private async Task<List<string>> ListAsync(string query)
    {
        var ids = new List<string>();
        for (string? page = null; ;)
        {
            var (status, list) = await GetAsync($"/v1/agents?limit=2{query}{(page is null ? "" : $"&page={page}")}");
            Assert.Equal(200, status);
            ids.AddRange(list.GetProperty("data").EnumerateArray().Select(agent => Text(agent, "id")));
            if ((page = list.GetProperty("next_page").GetString()) is null)
            {
                return ids;
            }
        }
    }
}
