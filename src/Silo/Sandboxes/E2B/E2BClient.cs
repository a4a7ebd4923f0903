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

    private readonly SandboxOptions _options;
    private readonly SocketsHttpHandler _connections;
    private readonly HttpClient _control;
    private readonly ResiliencePipeline _retries;

    public E2BClient(IOptions<SandboxOptions> options, TimeProvider time)
    {
        _options = options.Value;
        Time = time;
        _connections = new SocketsHttpHandler
        {
            // Each command holds a stream: over HTTP/2 more of them than one connection may carry.
            EnableMultipleHttp2Connections = true,
            PooledConnectionLifetime = TimeSpan.FromMinutes(15),
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2),
            UseCookies = false,
            // Enough to read the trailer after an end event and keep the connection; leaving a running process closes it.
            ResponseDrainTimeout = TimeSpan.FromMilliseconds(250),
        };
        _control = NewHttpClient(_options.ApiUrl ?? new Uri($"https://api.{_options.Domain}"));
        _control.Timeout = _options.RequestTimeout;
        if (!string.IsNullOrEmpty(_options.ApiKey))
        {
            _control.DefaultRequestHeaders.Add("X-API-KEY", _options.ApiKey);
        }

        Api = RestService.For<IE2BApi>(_control, RefitSettings());
        Sandboxes = NewHttpClient(baseAddress: null);
        Sandboxes.Timeout = Timeout.InfiniteTimeSpan;
        _retries = NewRetries(time);
    }

    public TimeProvider Time { get; }

    public IE2BApi Api { get; }

    /// <summary>For the data plane. It has no timeout of its own, because streams last as long as agents do.</summary>
    public HttpClient Sandboxes { get; }

    public string User => _options.User;

    public TimeSpan RequestTimeout => _options.RequestTimeout;

    public Uri SandboxUrl(string? domain) =>
        _options.SandboxUrl ?? new Uri($"https://sandbox.{(string.IsNullOrEmpty(domain) ? _options.Domain : domain)}");

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

    private HttpClient NewHttpClient(Uri? baseAddress)
    {
        var client = new HttpClient(_connections, disposeHandler: false) { BaseAddress = baseAddress };
        client.DefaultRequestHeaders.UserAgent.ParseAdd("colloquy");
        return client;
    }

    private static RefitSettings RefitSettings() => new(new SystemTextJsonContentSerializer(E2BJson.Default.Options))
    {
        Version = HttpVersion.Version20,
        VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        ExceptionFactory = async response =>
            response.IsSuccessStatusCode ? null : await E2BHttpException.FromAsync(response),
        TransportExceptionFactory = (_, exception, cancellationToken) =>
            cancellationToken.IsCancellationRequested ? exception : E2BHttpException.NoAnswer(exception),
        DeserializationExceptionFactory = (response, exception) => new ValueTask<Exception?>(
            exception is HttpRequestException or IOException
                ? E2BHttpException.NoAnswer(exception)
                : E2BHttpException.Unreadable(response.StatusCode, exception)),
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
