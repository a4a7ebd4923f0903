using System.Runtime.CompilerServices;
using Colloquy.Grains.Sandboxes;

namespace Colloquy.Silo.Sandboxes.E2B;

internal sealed class E2BSandbox(E2BClient client, E2BSandboxAccess access, SandboxResources resources) : ISandbox
{
    private readonly SandboxConnection _connection = new(client, access);

    public string Id => access.SandboxId;

    public SandboxResources Resources => resources;

    public async Task ExtendAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        var request = new E2BConnect(E2BSandboxProvider.Seconds(timeout));
        try
        {
            await client.RetryAsync(token => client.Api.ConnectAsync(Id, request, token), cancellationToken);
        }
        catch (E2BHttpException exception)
        {
            throw exception.ToSandboxException($"Extending sandbox {Id}", SandboxFailure.Gone);
        }
    }

    public async Task WriteAsync(IReadOnlyList<SandboxFile> files, CancellationToken cancellationToken)
    {
        if (files.Count == 0)
        {
            return;
        }

        try
        {
            // Writing the same bytes again does no harm.
            await client.RetryAsync(token => FileUpload.SendAsync(_connection, files, token), cancellationToken);
        }
        catch (E2BHttpException exception)
        {
            throw await _connection.ExplainAsync("Writing files", exception, cancellationToken);
        }
    }

    public async IAsyncEnumerable<ProcessEvent> StartAsync(
        ProcessSpec process, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stream = await ProcessStream.StartAsync(_connection, process, cancellationToken);
        while (await stream.NextAsync(cancellationToken) is { } happened)
        {
            yield return happened;
        }
    }
}
