using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Colloquy.Grains.Sessions;
using Colloquy.Grains.Uploads;
using Colloquy.Sessions;
using Colloquy.Silo.Traces;
using Colloquy.Uploads;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Colloquy.Silo.Tests.Traces;

/// <summary>A silo with nothing but traces in it, and no rows.</summary>
internal sealed class TraceServer : IDisposable
{
    private readonly LineProvider _log = new();

    public TraceServer(params (string Key, string? Value)[] configuration)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(configuration.ToDictionary(pair => pair.Key, pair => pair.Value));
        builder.Logging.AddProvider(_log);
        builder.UseOrleans(silo => silo.UseLocalhostClustering(FreePort(), gatewayPort: 0));
        builder.Services.AddTraces("/data").AddSingleton<IUploadStore>(Rows).AddSingleton<ISessionStore, NoSessions>();
        Host = builder.Build();
    }

    public IHost Host { get; }

    public NoRows Rows { get; } = new();

    public IReadOnlyCollection<string> Lines => _log.Lines;

    public void Dispose()
    {
        Host.Dispose();
        _log.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    internal sealed class NoRows : IUploadStore
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Asked => _asked.Task;

        public Task<IReadOnlyList<PendingUpload>> ListDueAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken)
        {
            _asked.TrySetResult();
            return Task.FromResult<IReadOnlyList<PendingUpload>>([]);
        }

        public Task<DateTimeOffset?> NextDueAsync(CancellationToken cancellationToken) => Task.FromResult<DateTimeOffset?>(null);

        public Task AcknowledgeAsync(UploadKey key, DateTimeOffset now, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task RetryAsync(
            UploadKey key, int attempts, DateTimeOffset nextAt, string reason, CancellationToken cancellationToken) =>
            Task.CompletedTask;

        public Task BuryAsync(
            UploadKey key, int attempts, DateTimeOffset now, string reason, CancellationToken cancellationToken) =>
            Task.CompletedTask;

        public Task<UploadStatus> GetStatusAsync(CancellationToken cancellationToken) =>
            Task.FromResult(new UploadStatus(0, 0, 0, null));
    }

    private sealed class NoSessions : ISessionStore
    {
        public Task<IReadOnlyList<AppendOutcome>> AppendAsync(
            IReadOnlyList<SessionAppend> batch, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<SessionRow?> FindAsync(SessionId session, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task<EventPage> ReadAsync(SessionId session, EventQuery query, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task<SessionEvent?> FindEventAsync(SessionId session, Colloquy.Sessions.EventId id, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task<SessionRowPage> ListAsync(SessionQuery query, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task<IReadOnlyList<SessionId>> ListUnsettledAsync(
            IReadOnlyCollection<string> liveOwners, int limit, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }

    private sealed class LineProvider : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, Microsoft.Extensions.Logging.EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue(formatter(state, exception));

        public void Dispose()
        {
        }
    }
}
