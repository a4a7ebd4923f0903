using Microsoft.AspNetCore.StaticFiles;

namespace Colloquy.SandboxHost.DataPlane;

/// <summary>Guesses what a file holds, by its name or else by how it begins.</summary>
internal static class FileContentType
{
    private const int Beginning = 512;
    private const string PlainText = "text/plain", Binary = "application/octet-stream";
    private static readonly FileExtensionContentTypeProvider Types = new();

    internal static string Of(string path, FileStream file)
    {
        if (!Types.TryGetContentType(path, out var type)) type = LooksBinary(file) ? Binary : PlainText;
        return type.StartsWith("text/", StringComparison.Ordinal) ? $"{type}; charset=utf-8" : type;
    }

    private static bool LooksBinary(FileStream file)
    {
        Span<byte> start = stackalloc byte[Beginning];
        start = start[..RandomAccess.Read(file.SafeFileHandle, start, 0)];
        return start.ContainsAnyInRange<byte>(0x00, 0x08) || start.ContainsAnyInRange<byte>(0x0e, 0x1a)
            || start.ContainsAnyInRange<byte>(0x1c, 0x1f);
    }
}
