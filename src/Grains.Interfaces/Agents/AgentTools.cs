namespace Colloquy.Agents;

/// <summary>
/// Which tools an agent has, by the names of the Managed Agents toolset: bash, read, write, edit, glob, grep,
/// web_search, web_fetch.
/// </summary>
/// <param name="Default">For tools that are not named.</param>
/// <param name="Named">By name.</param>
[GenerateSerializer, Immutable, Alias("agents.tools")]
public sealed record AgentTools(
    [property: Id(0)] ToolPolicy Default, [property: Id(1)] IReadOnlyDictionary<string, ToolPolicy> Named)
{
    /// <summary>Everything the runtime has.</summary>
    public static readonly AgentTools All = new(ToolPolicy.Allowed, new Dictionary<string, ToolPolicy>());

    public static readonly IReadOnlyList<string> Names =
        ["bash", "read", "write", "edit", "glob", "grep", "web_search", "web_fetch"];

    public ToolPolicy For(string name) => Named.GetValueOrDefault(name, Default);
}

/// <param name="Enabled">False: the agent does not know the tool.</param>
/// <param name="Permission"><c>always_allow</c>, or <c>always_ask</c>: the agent's permission mode decides.</param>
[GenerateSerializer, Immutable, Alias("agents.tool-policy")]
public sealed record ToolPolicy([property: Id(0)] bool Enabled, [property: Id(1)] string Permission)
{
    public const string AlwaysAllow = "always_allow";
    public const string AlwaysAsk = "always_ask";

    public static readonly ToolPolicy Allowed = new(true, AlwaysAllow);
}

/// <summary>A server of tools: either <see cref="Url"/> is set, or <see cref="Command"/> is not empty.</summary>
/// <param name="Name">Unique within the agent; part of the names of its tools.</param>
/// <param name="Url">A server that is reached over HTTP.</param>
/// <param name="Command">A program that the agent starts in its sandbox and talks to over standard input and output.</param>
[GenerateSerializer, Immutable, Alias("agents.mcp-server")]
public sealed record McpServer(
    [property: Id(0)] string Name,
    [property: Id(1)] string? Url,
    [property: Id(2)] IReadOnlyList<string> Command,
    [property: Id(3)] IReadOnlyDictionary<string, string> Variables);
