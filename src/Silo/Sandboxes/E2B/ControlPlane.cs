using System.Net;
using System.Text.Json.Serialization.Metadata;

namespace Colloquy.Silo.Sandboxes.E2B;

/// <summary>
/// One attempt of each call, and what its answers mean. Null or false: there is no such sandbox. While a sandbox changes
/// its state, some calls are refused; that is told as something to try again.
/// </summary>
internal sealed class ControlPlane(IE2BApi api, TimeSpan patience, TimeProvider time)
{
    private const string NextToken = "X-Next-Token";

    /// <exception cref="E2BHttpException"/>
    public Task<E2BSandboxAccess> CreateAsync(E2BCreate request, CancellationToken cancellationToken) =>
        WaitAsync(token => api.CreateAsync(request, token), cancellationToken);

    /// <exception cref="E2BHttpException"/>
    public async Task<Connected?> ConnectAsync(string id, int seconds, CancellationToken cancellationToken)
    {
        try
        {
            return await WaitAsync(token => ConnectOnceAsync(id, seconds, token), cancellationToken);
        }
        catch (E2BHttpException exception) when (exception.IsNotFound)
        {
            return null;
        }
        catch (E2BHttpException exception) when (exception.IsConflict)
        {
            return await GetAsync(id, cancellationToken) is null ? null : throw exception.InTransition();
        }
    }

    /// <exception cref="E2BHttpException"/>
    public async Task<E2BSandboxInfo?> GetAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            return await WaitAsync(token => api.GetAsync(id, token), cancellationToken);
        }
        catch (E2BHttpException exception) when (exception.IsNotFound)
        {
            return null;
        }
    }

    /// <param name="next">From the page before; null for the first page.</param>
    /// <exception cref="E2BHttpException"/>
    public Task<ListPage> ListAsync(string filter, string? next, CancellationToken cancellationToken) =>
        WaitAsync(
            async token =>
            {
                using var response = await api.ListAsync(filter, next, token);
                var sandboxes = await ReadAsync(response, E2BJson.Default.ListE2BSandboxInfo, token);
                var after = response.Headers.TryGetValues(NextToken, out var values) ? values.First() : "";
                return new ListPage(sandboxes, after.Length > 0 ? after : null);
            },
            cancellationToken);

    /// <returns>What is in force afterwards. A sandbox that was paused already stays so.</returns>
    /// <exception cref="E2BHttpException"/>
    public async Task<E2BSandboxInfo?> SetTimeoutAsync(string id, int seconds, CancellationToken cancellationToken)
    {
        try
        {
            await WaitAsync(token => Answered(api.SetTimeoutAsync(id, new E2BTimeout(seconds), token)), cancellationToken);
        }
        catch (E2BHttpException exception) when (exception.IsNotFound || exception.IsConflict)
        {
            // The call does not find a paused sandbox.
            var known = await GetAsync(id, cancellationToken);
            return known is { IsPaused: false } ? throw exception.InTransition() : known;
        }

        return await GetAsync(id, cancellationToken);
    }

    /// <summary>Keeps the files only. A sandbox that is paused already is fine.</summary>
    /// <exception cref="E2BHttpException"/>
    public async Task<bool> PauseAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            await WaitAsync(token => Answered(api.PauseAsync(id, new E2BPause(Memory: false), token)), cancellationToken);
            return true;
        }
        catch (E2BHttpException exception) when (exception.IsNotFound)
        {
            return false;
        }
        catch (E2BHttpException exception) when (exception.IsConflict)
        {
            return await GetAsync(id, cancellationToken) switch
            {
                null => false,
                { IsPaused: true } => true,
                _ => throw exception.InTransition(),
            };
        }
    }

    /// <exception cref="E2BHttpException"/>
    public async Task<bool> DeleteAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            return await WaitAsync(token => Answered(api.DeleteAsync(id, token)), cancellationToken);
        }
        catch (E2BHttpException exception) when (exception.IsNotFound)
        {
            return false;
        }
    }

    private async Task<Connected> ConnectOnceAsync(string id, int seconds, CancellationToken cancellationToken)
    {
        using var response = await api.ConnectAsync(id, new E2BTimeout(seconds), cancellationToken);
        var access = await ReadAsync(response, E2BJson.Default.E2BSandboxAccess, cancellationToken);
        return new Connected(access, WasResumed: response.StatusCode == HttpStatusCode.Created);
    }

    private async Task<T> ReadAsync<T>(
        HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        if (!response.IsSuccessStatusCode)
        {
            throw await E2BHttpException.FromAsync(response, time);
        }

        try
        {
            return await response.Content.ReadFromJsonAsync(type, cancellationToken)
                ?? throw new System.Text.Json.JsonException("It is null.");
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw E2BHttpException.FromBody(response.StatusCode, exception);
        }
    }

    private static async Task<bool> Answered(Task call)
    {
        await call;
        return true;
    }

    /// <summary>The timeout of an <see cref="HttpClient"/> would end at the head of the answer.</summary>
    private async Task<T> WaitAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(patience);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, late.Token);
        try
        {
            return await call(either.Token);
        }
        catch (Exception exception) when (
            (exception is HttpRequestException or IOException or OperationCanceledException)
            && !cancellationToken.IsCancellationRequested)
        {
            throw E2BHttpException.NoAnswer(exception);
        }
        catch (E2BHttpException exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(exception.Message, exception, cancellationToken);
        }
    }
}

/// <param name="WasResumed">It was paused.</param>
internal sealed record Connected(E2BSandboxAccess Access, bool WasResumed);

/// <param name="Next">Null on the last page.</param>
internal sealed record ListPage(IReadOnlyList<E2BSandboxInfo> Sandboxes, string? Next);
