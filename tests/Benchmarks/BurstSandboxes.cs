using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Colloquy.Grains.Sandboxes;

namespace Colloquy.Benchmarks;

/// <summary>Sandboxes that cost nothing, with an agent that says many things at once: what is left is the journal.</summary>
internal sealed class BurstSandboxes(int messages) : ISandboxProvider
{
    private static readonly string Text = new('x', 1000);

    public string Kind => "local";

    public TimeSpan MaxRun => TimeSpan.FromHours(24);

    public Task<ISandbox> CreateAsync(SandboxSpec spec, CancellationToken cancellationToken) =>
        Task.FromResult<ISandbox>(new Sandbox(spec.Lease, messages));

    public Task<ISandbox?> ConnectAsync(string sandboxId, TimeSpan timeout, CancellationToken cancellationToken) =>
        Task.FromResult<ISandbox?>(new Sandbox(sandboxId, messages));

    public Task<SandboxStatus?> GetAsync(string sandboxId, CancellationToken cancellationToken) =>
        Task.FromResult<SandboxStatus?>(null);

    public Task<bool> PauseAsync(string sandboxId, CancellationToken cancellationToken) => Task.FromResult(true);

    public IAsyncEnumerable<SandboxStatus> ListAsync(CancellationToken cancellationToken) =>
        AsyncEnumerable.Empty<SandboxStatus>();

    public Task KillAsync(string sandboxId, CancellationToken cancellationToken) => Task.CompletedTask;

    private sealed class Sandbox(string id, int messages) : ISandbox
    {
        public string Id => id;

        public SandboxResources Resources { get; } = new(2, 512);

        public bool WasResumed => false;

        public DateTimeOffset EndAt => DateTimeOffset.MaxValue;

        public Task ExtendAsync(TimeSpan timeout, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task SetTimeoutAsync(TimeSpan timeout, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task WriteAsync(IReadOnlyList<SandboxFile> files, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task WriteAsync(string path, Stream content, CancellationToken cancellationToken) => Task.CompletedTask;

        public Task<Stream?> ReadAsync(string path, CancellationToken cancellationToken) => Task.FromResult<Stream?>(null);

        public Task<IReadOnlyList<SandboxEntry>?> ListAsync(string path, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<SandboxEntry>?>(null);

        public async IAsyncEnumerable<ProcessEvent> StartAsync(
            ProcessSpec process, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            yield return new ProcessStarted(1);
            for (var n = 0; n < messages; n++)
            {
                await Task.Yield();
                yield return Line(string.Create(
                    CultureInfo.InvariantCulture,
                    $$$"""{"type":"assistant","message":{"id":"msg_{{{n}}}","model":"offline-1","content":[{"type":"text","text":"{{{Text}}}"}] } }"""));
            }

            yield return Line("""{"type":"result","subtype":"success","is_error":false,"result":"done","model_usage_since_last_result":{}}""");
            yield return Line("""{"type":"launcher_exit","exit_code":0,"stderr":""}""");
        }

        private static ProcessOutput Line(string line) => new(Encoding.UTF8.GetBytes(line + "\n"), IsError: false);
    }
}
