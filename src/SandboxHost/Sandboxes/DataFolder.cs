using System.Security.Cryptography;
using System.Text;
using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Network;

namespace Colloquy.SandboxHost.Sandboxes;

/// <summary>The folder that holds everything of one server, which it keeps to itself.</summary>
internal sealed class DataFolder : IDisposable
{
    private const int KeyLength = 32;
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly FileStream _lock;
    private readonly string _sandboxes;
    private readonly string _etc;
    private readonly string _etcOpen;
    private readonly byte[] _tokenKey;

    /// <exception cref="InvalidOperationException">Another server uses the folder, or it cannot be written.</exception>
    internal DataFolder(string path)
    {
        var folder = Path.GetFullPath(path);
        try
        {
            _sandboxes = Path.Combine(folder, "sandboxes");
            Directory.CreateDirectory(_sandboxes, Owner | UnixFileMode.UserExecute);
            _lock = new FileStream(
                Path.Combine(folder, "sandboxhost.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            _etc = SandboxEtc.Write(folder);
            _etcOpen = SandboxEtc.Write(folder, Slirp.DnsServer);
            Templates = Path.Combine(folder, "templates");
            _tokenKey = ReadOrMakeKey(Path.Combine(folder, "token.key"));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            _lock?.Dispose();
            throw new InvalidOperationException(
                $"The data folder {folder} cannot be used: {failure.Message} "
                + "Another server may be running on it; give each its own folder.",
                failure);
        }
    }

    /// <summary>Where templates are described and installed.</summary>
    internal string Templates { get; }

    /// <summary>What sandboxes see in <c>/etc</c>.</summary>
    internal string EtcFor(NetworkMode network) => network == NetworkMode.Open ? _etcOpen : _etc;

    /// <summary>Those that there are.</summary>
    internal IEnumerable<SandboxFolder> Folders =>
        Directory.EnumerateDirectories(_sandboxes).Select(path => new SandboxFolder(path));

    /// <summary>One that may not be there yet.</summary>
    internal SandboxFolder FolderOf(string sandboxId) => new(Path.Combine(_sandboxes, sandboxId));

    /// <summary>The same for as long as the sandbox exists, without being stored anywhere.</summary>
    internal SandboxTokens TokensOf(string sandboxId) => new(TokenOf(sandboxId), TokenOf(sandboxId + "/traffic"));

    private string TokenOf(string sandboxId) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(_tokenKey, Encoding.ASCII.GetBytes(sandboxId)));

    public void Dispose() => _lock.Dispose();

    private static byte[] ReadOrMakeKey(string file)
    {
        if (File.Exists(file) && File.ReadAllBytes(file) is { Length: KeyLength } key) return key;
        var made = RandomNumberGenerator.GetBytes(KeyLength);
        var next = file + ".next";
        using (var stream = new FileStream(next, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = Owner }))
        {
            stream.Write(made);
            stream.Flush(flushToDisk: true);
        }

        File.Move(next, file, overwrite: true);
        return made;
    }
}
