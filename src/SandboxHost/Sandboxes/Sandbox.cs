using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Network;
using Colloquy.SandboxHost.Processes;

namespace Colloquy.SandboxHost.Sandboxes;

/// <param name="EnvVars">Added to the environment of every process.</param>
/// <param name="IsPublic">False if callers of ports inside must show a token.</param>
internal sealed record SandboxRequest(
    TimeSpan Timeout,
    IReadOnlyDictionary<string, string> Metadata,
    IReadOnlyDictionary<string, string> EnvVars,
    NetworkMode Network,
    bool IsPublic);

/// <summary>A running sandbox. It ends at <see cref="EndAt"/> unless that is moved.</summary>
internal sealed class Sandbox : IDisposable
{
    private readonly TimeProvider _time;
    private readonly ITimer _expiry;
    private readonly Lock _lock = new();
    private DateTimeOffset _endAt;

    internal Sandbox(
        string id,
        string accessToken,
        string? trafficToken,
        SandboxRequest request,
        ICage cage,
        SandboxNetwork network,
        TimeProvider time,
        Action<Sandbox> expired)
    {
        Id = id;
        AccessToken = accessToken;
        TrafficToken = trafficToken;
        NetworkMode = request.Network;
        Metadata = request.Metadata;
        Cage = cage;
        Network = network;
        Processes = new ProcessList(cage, request.EnvVars, time);
        _time = time;
        StartedAt = time.GetUtcNow();
        _endAt = StartedAt + request.Timeout;
        _expiry = time.CreateTimer(_ => expired(this), null, request.Timeout, Timeout.InfiniteTimeSpan);
    }

    internal string Id { get; }

    internal string AccessToken { get; }

    /// <summary>What callers of ports inside must show; null if anybody may call.</summary>
    internal string? TrafficToken { get; }

    internal NetworkMode NetworkMode { get; }

    internal IReadOnlyDictionary<string, string> Metadata { get; }

    internal ICage Cage { get; }

    internal SandboxNetwork Network { get; }

    internal ProcessList Processes { get; }

    internal DateTimeOffset StartedAt { get; }

    internal DateTimeOffset EndAt
    {
        get
        {
            lock (_lock) return _endAt;
        }
    }

    /// <summary>Makes it end this long from now, be that sooner or later than before.</summary>
    internal void SetTimeout(TimeSpan timeout)
    {
        lock (_lock)
        {
            _endAt = _time.GetUtcNow() + timeout;
            _expiry.Change(timeout, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Makes it live at least this long from now.</summary>
    internal void Extend(TimeSpan timeout)
    {
        lock (_lock)
        {
            if (_time.GetUtcNow() + timeout > _endAt) SetTimeout(timeout);
        }
    }

    public void Dispose() => _expiry.Dispose();
}
