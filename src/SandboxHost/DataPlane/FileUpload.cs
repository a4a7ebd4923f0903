using Colloquy.SandboxHost.Files;
using Colloquy.SandboxHost.Http;
using Colloquy.SandboxHost.Isolation;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Colloquy.SandboxHost.DataPlane;

/// <summary>Stores the files of one request, each as it arrives.</summary>
internal sealed class FileUpload(HttpContext http, CageFiles files)
{
    private const string Binary = "application/octet-stream", Multipart = "multipart/form-data";
    private const string MetadataPrefix = "X-Metadata-";
    private const int FirstPiece = 64 * 1024;

    // What MultipartReader throws has the type of a disk's failure, but not the number of one.
    private static readonly int NotFromTheSystem = new IOException().HResult;

    private readonly List<WrittenFile> _written = [];
    private readonly string? _path = http.Request.Query["path"].ToString() is { Length: > 0 } path ? path : null;
    private readonly SortedDictionary<string, string> _metadata = new(StringComparer.Ordinal);

    /// <exception cref="ApiException"/>
    /// <exception cref="CageFileException"/>
    internal async Task<IReadOnlyList<WrittenFile>> StoreAsync()
    {
        ReadMetadata();
        if (!MediaTypeHeaderValue.TryParse(http.Request.ContentType, out var type)) throw WrongType();
        await using var body = FileEncoding.BodyOf(http.Request);
        try
        {
            if (type.MediaType.Equals(Binary, StringComparison.OrdinalIgnoreCase))
                await StoreFileAsync(_path ?? throw Missing("path"), body);
            else if (type.MediaType.Equals(Multipart, StringComparison.OrdinalIgnoreCase))
                await StorePartsAsync(body, HeaderUtilities.RemoveQuotes(type.Boundary).Value);
            else throw WrongType();
        }
        catch (Exception malformed) when (
            malformed is InvalidDataException || (malformed is IOException && malformed.HResult == NotFromTheSystem))
        {
            throw new ApiException(400, $"The body is broken: {malformed.Message}");
        }

        return _written;
    }

    private async Task StorePartsAsync(Stream body, string? boundary)
    {
        if (string.IsNullOrEmpty(boundary)) throw Missing("boundary of the multipart body");
        var parts = new MultipartReader(boundary, body);
        while (await parts.ReadNextSectionAsync(http.RequestAborted) is { } part)
        {
            if (part.GetContentDispositionHeader() is not { } header || HeaderUtilities.RemoveQuotes(header.Name) != "file")
                continue;
            await StoreFileAsync(_path ?? NameOf(header), part.Body);
        }
    }

    private async Task StoreFileAsync(string path, Stream content)
    {
        if (_written.Any(file => file.Path == files.FullPath(path)))
        {
            throw new ApiException(
                400, $"'{path}' is there twice in this request; only the first file was stored. Send them one by one.");
        }

        // Before the file is touched: a body that is broken from its start leaves things as they are.
        var first = new byte[FirstPiece];
        var length = await content.ReadAtLeastAsync(first, first.Length, throwOnEndOfStream: false, http.RequestAborted);
        var (file, fullPath) = files.OpenWrite(path);
        await using (file)
        {
            FileMetadata.Write(file.SafeFileHandle, fullPath, _metadata);
            file.SetLength(0);
            await file.WriteAsync(first.AsMemory(0, length), http.RequestAborted);
            await content.CopyToAsync(file, http.RequestAborted);
        }

        _written.Add(new WrittenFile(
            fullPath, Path.GetFileName(fullPath), "file", _metadata.Count > 0 ? _metadata : null));
    }

    private void ReadMetadata()
    {
        foreach (var (name, values) in http.Request.Headers)
        {
            if (name.StartsWith(MetadataPrefix, StringComparison.OrdinalIgnoreCase) && name.Length > MetadataPrefix.Length)
                _metadata[name[MetadataPrefix.Length..].ToLowerInvariant()] = values[0] ?? "";
        }

        FileMetadata.Check(_metadata);
    }

    private static string NameOf(ContentDispositionHeaderValue header)
    {
        var name = HeaderUtilities.RemoveQuotes(header.FileNameStar.HasValue ? header.FileNameStar : header.FileName).Value;
        return string.IsNullOrEmpty(name) ? throw Missing("filename of a part") : name;
    }

    private static ApiException WrongType() => new(400, $"Send {Multipart} or {Binary}.");

    private static ApiException Missing(string what) => new(400, $"The {what} is missing.");
}
