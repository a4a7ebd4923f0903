using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Colloquy.SandboxHost.Files;
using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Sandboxes;

namespace Colloquy.SandboxHost.DataPlane;

/// <summary>The calls of <c>filesystem.Filesystem</c> that read or change the tree.</summary>
internal static class FilesystemEndpoints
{
    private const string Service = "/filesystem.Filesystem";

    internal static void Map(IEndpointRouteBuilder routes)
    {
        MapUnary(routes, "Stat", FilesystemJson.Default.PathRequest, FilesystemJson.Default.EntryResponse,
            (sandbox, request, _) => EntryOf(TreeOf(sandbox).Stat(OrHome(request.Path))));
        MapUnary(routes, "MakeDir", FilesystemJson.Default.PathRequest, FilesystemJson.Default.EntryResponse,
            (sandbox, request, _) => EntryOf(TreeOf(sandbox).MakeFolder(request.Path ?? "")));
        MapUnary(routes, "Move", FilesystemJson.Default.MoveRequest, FilesystemJson.Default.EntryResponse,
            (sandbox, request, stop) => EntryOf(TreeOf(sandbox).Move(request.Source ?? "", request.Destination ?? "", stop)));
        MapUnary(routes, "ListDir", FilesystemJson.Default.ListDirRequest, FilesystemJson.Default.ListDirResponse, List);
        MapUnary(routes, "Remove", FilesystemJson.Default.PathRequest, FilesystemJson.Default.EmptyResponse,
            (sandbox, request, stop) =>
            {
                TreeOf(sandbox).Remove(request.Path ?? "", stop);
                return new EmptyResponse();
            });
    }

    // As at E2B, but only where nothing can be lost by it.
    internal static string OrHome(string? path) => string.IsNullOrEmpty(path) ? "~" : path;

    internal static void MapUnary<TRequest, TResponse>(
        IEndpointRouteBuilder routes,
        string method,
        JsonTypeInfo<TRequest> requestType,
        JsonTypeInfo<TResponse> responseType,
        Func<Sandbox, TRequest, CancellationToken, TResponse> call) =>
        routes.MapPost($"{Service}/{method}", DataPlaneRouting.Guard(UnaryCall.Of(async (http, sandbox) =>
        {
            var request = await JsonSerializer.DeserializeAsync(http.Request.Body, requestType, http.RequestAborted)
                ?? throw new ConnectException(ConnectException.InvalidArgument, "null is not a message");
            try
            {
                var response = call(sandbox, request, http.RequestAborted);
                return JsonSerializer.SerializeToUtf8Bytes(response, responseType);
            }
            catch (CageFileException failure)
            {
                throw FileFaults.ToConnect(failure);
            }
        })));

    private static ListDirResponse List(Sandbox sandbox, ListDirRequest request, CancellationToken stop)
    {
        var depth = request.Depth is > 0 and var levels ? levels : 1;
        var entries = TreeOf(sandbox).List(OrHome(request.Path), depth, stop);
        return new(entries.Count > 0 ? [.. entries.Select(EntryMessages.Of)] : null);
    }

    private static FileTree TreeOf(Sandbox sandbox) => new(sandbox.Cage.Files);

    private static EntryResponse EntryOf(FileEntry entry) => new(EntryMessages.Of(entry));
}
