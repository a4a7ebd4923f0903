using System.Net;
using Microsoft.Extensions.Options;
using Polly;
using Polly.Retry;
using Refit;

namespace Colloquy.Silo.Sandboxes.E2B;

/// <summary>One pool of connections to both planes, and the rule of what is tried again.</summary>
internal sealed class E2BClient : IDisposable
{
    /// <summary>A longer wait is the caller's to decide about.</summary>
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan LongestConnecting = TimeSpan.FromSeconds(15);

    private readonly SandboxOptions _options;
    private readonly SocketsHttpHandler _connections;
    private readonly HttpClient _control;
    private readonly ResiliencePipeline _retries;

    public E2BClient(IOptions<SandboxOptions> options, TimeProvider time)
    {
        _options = options.Value;
        Time = time;
        _connections = NewConnections();
        _control = NewHttpClient(_options.ApiUrl ?? new Uri($"https://api.{_options.Domain}"));
        if (!string.IsNullOrEmpty(_options.ApiKey))
        {
            _control.DefaultRequestHeaders.Add("X-API-KEY", _options.ApiKey);
        }

        Control = new ControlPlane(
            RestService.For<IE2BApi>(_control, RefitSettings(time)), _options.RequestTimeout, time);
        Sandboxes = NewHttpClient(baseAddress: null);
        _retries = NewRetries(time);
    }

    public TimeProvider Time { get; }

    public ControlPlane Control { get; }

    /// <summary>For the data plane.</summary>
    public HttpClient Sandboxes { get; }

    public string User => _options.User;

    /// <summary>How long to wait for the beginning of an answer, and between two pieces of a file.</summary>
    public TimeSpan RequestTimeout => _options.RequestTimeout;

    /// <param name="domain">What the provider says about the sandbox: null on its shared cloud.</param>
    public Uri SandboxUrl(string sandboxId, string? domain) =>
        SandboxAddress.Of(_options, sandboxId, string.IsNullOrEmpty(domain) ? _options.Domain : domain);

    /// <summary>
    /// The API counts whole seconds; rounding down would end a sandbox early. More than the longest run is not
    /// granted: some calls refuse it, some cut it off without a word.
    /// </summary>
    public int Seconds(TimeSpan timeout)
    {
        var longest = Math.Min(_options.MaxRun.TotalSeconds, int.MaxValue);
        return (int)Math.Clamp(Math.Ceiling(timeout.TotalSeconds), 1, Math.Max(1, Math.Floor(longest)));
    }

    /// <summary>Only for calls that may be repeated.</summary>
    /// <exception cref="E2BHttpException"/>
    public async Task<T> RetryAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken) =>
        await _retries.ExecuteAsync(async token => await call(token), cancellationToken);

    public void Dispose()
    {
        _control.Dispose();
        Sandboxes.Dispose();
        _connections.Dispose();
    }

    internal static SocketsHttpHandler NewConnections() => new()
    {
        ConnectTimeout = LongestConnecting,
        // Each command holds a stream: over HTTP/2 more of them than one connection may carry.
        EnableMultipleHttp2Connections = true,
        PooledConnectionLifetime = TimeSpan.FromMinutes(15),
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2),
        UseCookies = false,
        // Enough to read the trailer after an end event and keep the connection; leaving a running process closes it.
        ResponseDrainTimeout = TimeSpan.FromMilliseconds(250),
    };

    private HttpClient NewHttpClient(Uri? baseAddress)
    {
        // Its own timeout would say nothing about the body; each caller watches over its waiting.
        var client = new HttpClient(_connections, disposeHandler: false)
        {
            BaseAddress = baseAddress,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        client.DefaultRequestHeaders.UserAgent.ParseAdd("colloquy");
        return client;
    }

    private static RefitSettings RefitSettings(TimeProvider time) =>
        new(new SystemTextJsonContentSerializer(E2BJson.Default.Options))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
            ExceptionFactory = async response =>
                response.IsSuccessStatusCode ? null : await E2BHttpException.FromAsync(response, time),
            // Not for calls without a result: the control plane translates those of all calls.
            TransportExceptionFactory = (_, exception, _) => exception,
            DeserializationExceptionFactory = (response, exception) =>
                new ValueTask<Exception?>(E2BHttpException.FromBody(response.StatusCode, exception)),
        };

    private static ResiliencePipeline NewRetries(TimeProvider time) =>
        new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<E2BHttpException>(
                    exception => exception.IsTransient && (exception.RetryAfter ?? default) <= LongestRetryAfter),
                DelayGenerator = arguments =>
                    new ValueTask<TimeSpan?>((arguments.Outcome.Exception as E2BHttpException)?.RetryAfter),
                MaxRetryAttempts = 4,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = TimeSpan.FromMilliseconds(500),
            })
            .Build();
}
