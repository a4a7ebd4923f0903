using System.Security.Cryptography;
using System.Text;
using Colloquy.Grains.Sandboxes;
using Colloquy.Sessions;
using Colloquy.Web.Sandboxes;

namespace Colloquy.Silo.Sandboxes;

/// <summary>
/// One upload: it arrives beside its place and is moved there when it is whole, so that neither the agent nor anybody
/// else reads half of it, whoever the provider is.
/// </summary>
internal sealed class StagedUpload(ISandbox sandbox, HomePath file)
{
    /// <summary>Below the home folder: a file can only be moved at once within one file system.</summary>
    private const string Folder = ".colloquy/uploads";
    private const int RandomBytes = 8;
    private const int LongestMessage = 1000;
    private static readonly TimeSpan DiscardPatience = TimeSpan.FromSeconds(10);

    private const string Publish = """
        mkdir -p -- "${2%/*}" || exit
        if [ -f "$2" ]; then chmod --reference="$2" -- "$1" || exit; fi
        exec mv -fT -- "$1" "$2"
        """;

    private const string Discard = """exec rm -f -- "$1" """;

    public string StagedPath { get; } =
        $"{file.Home}/{Folder}/{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(RandomBytes))}";

    /// <exception cref="SandboxException"/>
    public Task ReceiveAsync(Stream content, CancellationToken cancellationToken) =>
        sandbox.WriteAsync(StagedPath, content, cancellationToken);

    /// <exception cref="InvalidInputException">There cannot be such a file, for example because it is a folder.</exception>
    /// <exception cref="SandboxException"/>
    public async Task PublishAsync(CancellationToken cancellationToken)
    {
        if (await RunAsync(Publish, cancellationToken) is { Length: > 0 } problem)
        {
            throw new InvalidInputException("path", $"'{file}' cannot be written: {problem}");
        }
    }

    /// <summary>Removes what arrived.</summary>
    public async Task<bool> TryDiscardAsync()
    {
        using var patience = new CancellationTokenSource(DiscardPatience);
        try
        {
            return await RunAsync(Discard, patience.Token) is null;
        }
        catch (Exception exception) when (exception is SandboxException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <returns>Null if it worked, else why not.</returns>
    private async Task<string?> RunAsync(string script, CancellationToken cancellationToken)
    {
        var said = new StringBuilder();
        var process = new ProcessSpec("/bin/sh", ["-c", script, "sh", StagedPath, file.Absolute]);
        await foreach (var happened in sandbox.StartAsync(process, cancellationToken))
        {
            switch (happened)
            {
                case ProcessOutput { IsError: true } output when said.Length < LongestMessage:
                    said.Append(Encoding.UTF8.GetString(output.Bytes.Span));
                    break;
                case ProcessEnded ended:
                    return ended.ExitCode == 0 ? null
                        : said.Length > 0 ? said.ToString().Trim()
                        : $"the command that moves it ended with {ended.Status}";
            }
        }

        throw new SandboxException(
            SandboxFailure.Unavailable, $"A command in sandbox {sandbox.Id} ended without saying how.");
    }
}
