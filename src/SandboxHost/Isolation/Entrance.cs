using System.ComponentModel;
using System.Globalization;
using System.Text;
using Colloquy.SandboxHost.Linux;

namespace Colloquy.SandboxHost.Isolation;

/// <summary>A shell that has entered a sandbox and waits for the command it is to become.</summary>
internal sealed class Entrance : IDisposable
{
    private const int LongestAnswer = 32;
    private readonly Child _child;
    private readonly Stream _command;
    private readonly Stream _answers;

    private Entrance(Child child, Stream output, Stream error, Stream answers, Stream command)
    {
        (_child, Output, Error) = (child, output, error);
        (_answers, _command) = (answers, command);
    }

    /// <summary>The pid as the sandbox sees it.</summary>
    internal int Pid { get; private set; }

    internal Stream Output { get; }

    internal Stream Error { get; }

    internal Task<ExitStatus> Exited => _child.Exited;

    /// <exception cref="SandboxGoneException">The sandbox ended meanwhile.</exception>
    internal static async Task<Entrance> OpenAsync(
        string program, IReadOnlyList<string> arguments, IReadOnlyList<string> environment)
    {
        var entrance = Start(program, arguments, environment);
        var pid = await entrance.ReadAnswerAsync();
        if (int.TryParse(pid, CultureInfo.InvariantCulture, out var number) && number > 0)
        {
            entrance.Pid = number;
            return entrance;
        }

        entrance.Dispose();
        await entrance.Exited;
        throw new SandboxGoneException();
    }

    /// <summary>Becomes the command.</summary>
    /// <returns>False if its working directory does not exist: nothing was started.</returns>
    /// <exception cref="SandboxGoneException">The shell was gone already.</exception>
    internal async Task<bool> RunAsync(string line)
    {
        try
        {
            await _command.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"));
        }
        catch (IOException)
        {
            throw new SandboxGoneException();
        }

        var answer = await ReadAnswerAsync();
        _answers.Dispose();
        _command.Dispose();
        return answer switch
        {
            EntryScript.Ready => true,
            EntryScript.NoSuchFolder => false,
            _ => throw new SandboxGoneException(),
        };
    }

    /// <summary>A shell that waits ends with its command pipe.</summary>
    public void Dispose()
    {
        _command.Dispose();
        _answers.Dispose();
        Output.Dispose();
        Error.Dispose();
    }

    private static Entrance Start(
        string program, IReadOnlyList<string> arguments, IReadOnlyList<string> environment)
    {
        using Pipe output = new(), error = new(), answers = new(), command = new();
        Child child;
        try
        {
            child = Child.Start(
                program,
                arguments,
                environment,
                [NoInput.Fd, output.WriteFd, error.WriteFd, answers.WriteFd, command.ReadFd]);
        }
        catch (Win32Exception noMore)
        {
            throw new InvalidOperationException($"No process can be started in the sandbox: {noMore.Message}", noMore);
        }

        return new Entrance(
            child,
            output.TakeReader(),
            error.TakeReader(),
            answers.TakeReader(),
            command.TakeWriter());
    }

    // Byte by byte, so that nothing of the next answer is lost; an answer is a few bytes. What is in the sandbox can
    // write here too, so nothing is believed about its length.
    private async Task<string?> ReadAnswerAsync()
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (line.Length < LongestAnswer && await _answers.ReadAsync(one) == 1)
        {
            if (one[0] == '\n') return line.ToString();
            line.Append((char)one[0]);
        }

        return null;
    }
}
