using System.Text;
using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Linux;

namespace Colloquy.SandboxHost.Limits;

/// <summary>Programs of the system that do what has no call in .NET.</summary>
internal static class Tool
{
    private static readonly string[] Plain = [$"PATH={SystemPath.Value}", "LC_ALL=C"];

    /// <exception cref="IOException">It failed; the message is its own.</exception>
    internal static async Task<string> RunAsync(string program, params IReadOnlyList<string> arguments)
    {
        var (status, output, error) = await TryAsync(program, arguments);
        return status.Code == 0 ? output : throw new IOException($"{program} failed ({status}): {error}");
    }

    /// <exception cref="IOException">It is not installed.</exception>
    internal static async Task<(ExitStatus Status, string Output, string Error)> TryAsync(
        string program, params IReadOnlyList<string> arguments)
    {
        var path = SystemPath.Find(program) ?? throw new IOException($"{program} is not installed");
        using Pipe output = new(), error = new();
        var child = Child.Start(path, arguments, Plain, [NoInput.Fd, output.WriteFd, error.WriteFd]);
        await using Stream outputs = output.TakeReader(), errors = error.TakeReader();
        output.Dispose();
        error.Dispose();
        var texts = await Task.WhenAll(ReadAsync(outputs), ReadAsync(errors));
        return (await child.Exited, texts[0], texts[1]);
    }

    private static async Task<string> ReadAsync(Stream stream)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return (await reader.ReadToEndAsync()).Trim();
    }
}
