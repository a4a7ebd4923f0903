using Colloquy.Emulators;
using Colloquy.Silo;
using Xunit;

namespace Colloquy.EndToEnd;

/// <summary>
/// A whole server whose provider is the emulator: the real Claude Code CLI in real sandboxes, through the real
/// gateway. One for all tests that do not break it.
/// </summary>
public sealed class ClaudeCodeFixture : IAsyncLifetime
{
    /// <summary>The emulator takes no other, so what reaches it was sent by the gateway.</summary>
    public const string ProviderKey = "test-key";

    private readonly TemporaryFolder _data = new();
    private ColloquyServer _server = null!;

    public MessagesEmulator Emulator { get; private set; } = null!;

    internal ClaudeTemplate Template { get; } = new();

    internal ApiClient Api { get; private set; } = null!;

    internal string DataFolder => _data.Path;

    public async ValueTask InitializeAsync()
    {
        Emulator = await MessagesEmulator.StartAsync(new MessagesEmulatorOptions(ApiKey: ProviderKey));
        Template.LendTo(Path.Combine(_data.Path, "sandboxhost"));
        _server = await ColloquyServer.StartAsync(
            new ServerSettings
            {
                Urls = "http://127.0.0.1:0",
                DataFolder = _data.Path,
                Quiet = true,
                Arguments = ["--ModelGateway:ApiKey", ProviderKey, "--ModelGateway:ProviderUrl", Emulator.Url],
            },
            CancellationToken.None);
        Api = new ApiClient(_server.Url);
    }

    public async ValueTask DisposeAsync()
    {
        Api?.Dispose();
        await (_server?.DisposeAsync() ?? ValueTask.CompletedTask);
        await Emulator.DisposeAsync();
        _data.Dispose();
        Template.Dispose();
    }
}

/// <summary>Its tests share a server and an installed CLI, and run one after another.</summary>
[CollectionDefinition(Name)]
public sealed class ClaudeCodeGroup : ICollectionFixture<ClaudeCodeFixture>
{
    public const string Name = "Claude Code";
}
