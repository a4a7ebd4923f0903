using Colloquy.Client;
using Colloquy.Grains.Agents;
using Colloquy.Models;
using Colloquy.SandboxHost;
using Colloquy.Web.ModelGateway;
using Microsoft.Extensions.Options;

namespace Colloquy.Silo.Hosting;

/// <summary>The model gateway of this server: how it is configured, and what agents are told about it.</summary>
internal sealed class LocalModelGateway : IDisposable
{
    private const string AnyLoopbackPort = "http://127.0.0.1:0";

    private const string NoKey =
        "Set ANTHROPIC_API_KEY (or CLAUDE_CODE_OAUTH_TOKEN) and start the server again, or use agent_offline.";

    private const string Unreachable =
        "E2B's sandboxes cannot reach the model gateway of this server. Set ModelGateway:PublicUrl to an address of its " +
        "listener (ModelGateway:Listen) that they can reach; or set ModelGateway:Direct=true, which hands agents the " +
        "provider's key. Then start the server again, or use agent_offline.";

    private const string DirectInClosed =
        "ModelGateway:Direct is true, but sandboxes of this server (Sandbox:Provider=local) reach the model gateway without " +
        "it, and have no other network to call the provider by. Take ModelGateway:Direct out of the configuration.";

    private readonly ModelGatewayOptions _options;
    private readonly GatewaySocket _socket;
    private readonly TurnTokens _tokens;
    private readonly string? _missing;

    private LocalModelGateway(ModelGatewayOptions options, GatewaySocket socket, TurnTokens tokens, string? missing) =>
        (_options, _socket, _tokens, _missing) = (options, socket, tokens, missing);

    /// <summary>Where it will listen.</summary>
    public string Address => _socket.Address;

    /// <param name="dataFolder">Locked by the caller.</param>
    /// <exception cref="OptionsValidationException">A value cannot be used.</exception>
    /// <exception cref="ModelGatewayException">Its address cannot be had, or it must be used.</exception>
    public static LocalModelGateway Prepare(IConfiguration configuration, string dataFolder)
    {
        var options = new ModelGatewayOptions();
        configuration.GetSection(ModelGatewayOptions.Section).Bind(options);
        var problems = options.Problems().ToList();
        if (problems.Count > 0)
        {
            throw new OptionsValidationException(
                ModelGatewayOptions.Section, typeof(ModelGatewayOptions), problems);
        }

        var isLocal = LocalSandboxes.IsChosen(configuration);
        if (isLocal && options.Direct)
        {
            throw new ModelGatewayException(DirectInClosed);
        }

        var missing = options.Credential is null ? NoKey
            : isLocal || IsReachable(options, configuration) ? null
            : Unreachable;
        var tokens = new TurnTokens(options.ReadTokenKey() ?? TokenKeyFile.Read(dataFolder));
        var address = options.Listen is { Length: > 0 } chosen ? chosen
            // Without isolation, commands use the gateway's address as it is.
            : isLocal && BubblewrapProbe.Check() is not null ? AnyLoopbackPort
            : GatewaySocket.DefaultAddress(dataFolder);
        return new LocalModelGateway(options, GatewaySocket.Bind(address), tokens, missing);
    }

    /// <summary>To be called after the silo is added: it stops before that, which stores the ends of its calls.</summary>
    public void AddTo(IServiceCollection services)
    {
        services.AddSingleton(_tokens);
        services.AddSingleton(new ModelAccessOptions
        {
            Missing = _missing,
            GatewayUrl = string.IsNullOrWhiteSpace(_options.PublicUrl) ? null : _options.PublicUrl.TrimEnd('/'),
            Direct = _options is { Direct: true, Credential: { } credential }
                ? new ModelAccess(Direct: true, _options.ProviderUrl, credential, _options.IsOAuth)
                : null,
        });
        services.AddSingleton(provider => new ModelGatewayServer(
            _options, _socket, provider.GetRequiredService<ModelCallClient>(), _tokens,
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILoggerFactory>(), _missing));
        services.AddHostedService(provider => provider.GetRequiredService<ModelGatewayServer>());
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>A host of sandboxes at an address of its own (ours, for example) tells them itself where the gateway is.</summary>
    private static bool IsReachable(ModelGatewayOptions options, IConfiguration configuration) =>
        options.Direct || !string.IsNullOrWhiteSpace(options.PublicUrl) ||
        !string.IsNullOrWhiteSpace(configuration["Sandbox:ApiUrl"]);
}
