using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Colloquy.Grains.Sandboxes;

namespace Colloquy.Silo.Sandboxes.E2B;

/// <summary>What a folder holds, from <c>filesystem.Filesystem/ListDir</c>.</summary>
internal static class FolderListing
{
    private const string What = "Listing a folder";
    private const string NotFound = "not_found";
    private const string FolderType = "FILE_TYPE_DIRECTORY";

    /// <returns>Null if there is no such folder.</returns>
    /// <exception cref="SandboxException"/>
    public static async Task<IReadOnlyList<SandboxEntry>?> ReadAsync(
        SandboxConnection connection, string path, CancellationToken cancellationToken)
    {
        try
        {
            var listed = await connection.Client.RetryAsync(token => AskAsync(connection, path, token), cancellationToken);
            return [.. (listed?.Entries ?? []).Select(Translate)];
        }
        catch (E2BHttpException exception) when (exception.Code == NotFound)
        {
            return null;
        }
        catch (E2BHttpException exception)
        {
            throw await connection.ExplainAsync(What, exception, cancellationToken);
        }
    }

    private static async Task<ListDirResponse?> AskAsync(
        SandboxConnection connection, string path, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(connection.Client.RequestTimeout);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        var body = new ByteArrayContent(
            JsonSerializer.SerializeToUtf8Bytes(new ListDirRequest(path, Depth: 1), E2BJson.Default.ListDirRequest));
        body.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var request = connection.Request(HttpMethod.Post, "/filesystem.Filesystem/ListDir", body);
        request.Headers.Add("Connect-Protocol-Version", "1");
        using var response = await connection.SendAsync(request, What, patience, cancellationToken);
        try
        {
            return await response.Content.ReadFromJsonAsync(E2BJson.Default.ListDirResponse, either.Token);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw E2BHttpException.FromBody(HttpStatusCode.OK, exception);
        }
    }

    private static SandboxEntry Translate(EntryInfo entry)
    {
        var isFolder = entry.Type == FolderType;
        return new SandboxEntry(
            entry.Path ?? "",
            entry.Name ?? "",
            isFolder,
            isFolder ? 0 : entry.Size,
            entry.ModifiedTime ?? DateTimeOffset.UnixEpoch,
            string.IsNullOrEmpty(entry.SymlinkTarget) ? null : entry.SymlinkTarget);
    }
}
