using System.ComponentModel;
using System.Globalization;
using System.Text;
using Colloquy.SandboxHost.Linux;
using Colloquy.SandboxHost.Processes;

namespace Colloquy.SandboxHost.Isolation;

/// <summary>A shell that has entered a sandbox and waits for the command it is to become.</summary>
internal sealed class Entrance : IDisposable
{
    private const int LongestAnswer = 32;
    private const int NoMoreProcesses = -11; // EAGAIN
    private readonly ProcessFolder _folder;
    private readonly Child _shim;
    private readonly Stream _command;
    private readonly Stream _answers;
    private int _pid;
    private HostProcess _process = null!;
    private HostProcess _parent = null!;
    private bool _started;

    private Entrance(ProcessFolder folder, Child shim, Stream answers, Stream command) =>
        (_folder, _shim, _answers, _command) = (folder, shim, answers, command);

    internal Task Exited => _shim.Exited;

    /// <param name="namespaces">Descriptors, in the order in which they are entered.</param>
    /// <exception cref="SandboxGoneException">The sandbox ended meanwhile.</exception>
    /// <exception cref="SandboxFullException"/>
    internal static async Task<Entrance> OpenAsync(EntrySettings settings, IReadOnlyList<int> namespaces)
    {
        var folder = settings.Folders.Create();
        Entrance? entrance = null;
        try
        {
            await using var alive = folder.ReadAlive();
            entrance = Start(folder, namespaces, settings);
            await entrance.EnterAsync(alive);
            return entrance;
        }
        catch
        {
            if (entrance is null)
            {
                folder.Delete();
            }
            else
            {
                entrance.Dispose();
                await entrance.Exited;
            }

            throw;
        }
    }

    /// <summary>Opens what the command will be followed by. Before it runs: its output would be lost with its end.</summary>
    internal ProcessHandle Follow(ProcessSpec spec)
    {
        var record = new ProcessRecord(_pid, _process, _parent, spec, spec.Stdin);
        _folder.Write(record);
        return new ProcessHandle(_folder, record);
    }

    /// <summary>Becomes the command.</summary>
    /// <returns>False if its working directory does not exist: nothing was started.</returns>
    /// <exception cref="SandboxGoneException">The shell was gone already.</exception>
    internal async Task<bool> RunAsync(string line)
    {
        // Whatever runs in the sandbox may have stopped the shell that waited there.
        ProcessTable.SignalIfSame(_process.Pid, _process.StartTime, LibC.SIGCONT);
        await SendAsync(line + "\n");
        switch (await ReadLineAsync(_answers))
        {
            case EntryScript.Ready:
                return _started = true;
            case EntryScript.NoSuchFolder:
                return false;
            default:
                throw new SandboxGoneException();
        }
    }

    /// <summary>A shell that waits ends with its command pipe; a command runs on.</summary>
    public void Dispose()
    {
        _command.Dispose();
        _answers.Dispose();
        if (!_started) _folder.Delete();
    }

    private static Entrance Start(ProcessFolder folder, IReadOnlyList<int> namespaces, EntrySettings settings)
    {
        var (hold, read) = folder.OpenInput();
        using var _ = hold;
        using var input = read;
        using var output = folder.OpenOutput();
        using var error = folder.OpenError();
        using var alive = folder.OpenAlive();
        using var exit = folder.OpenExit();
        using Pipe answers = new(), command = new();
        try
        {
            var (program, arguments) = settings.Limits.Cgroup.Enter(
                Tools.Perl, Shim.Arguments(namespaces.Count, settings.Limits.EntryScript));
            var shim = Child.Start(program, arguments, settings.Environment,
            [
                input.Number(), output.Number(), NoInput.Fd, answers.WriteFd, command.ReadFd, alive.Number(),
                exit.Number(), error.Number(), hold.Number(), .. namespaces,
            ]);
            return new Entrance(folder, shim, answers.TakeReader(), command.TakeWriter());
        }
        catch (Win32Exception noMore)
        {
            throw new InvalidOperationException($"No process can be started in the sandbox: {noMore.Message}", noMore);
        }
    }

    private async Task EnterAsync(Stream alive)
    {
        _ = int.TryParse(await ReadLineAsync(alive), CultureInfo.InvariantCulture, out var pid);
        if (pid == NoMoreProcesses) throw new SandboxFullException();
        _process = new HostProcess(pid, StartTime(pid));
        _parent = new HostProcess(_shim.Pid, StartTime(_shim.Pid));
        _pid = ProcessTable.InnerPid(pid, _shim.Pid) ?? throw new SandboxGoneException();
    }

    private static long StartTime(int pid) => ProcessTable.StartTime(pid) ?? throw new SandboxGoneException();

    private async Task SendAsync(string text)
    {
        try
        {
            await _command.WriteAsync(Encoding.UTF8.GetBytes(text));
        }
        catch (IOException)
        {
            throw new SandboxGoneException();
        }
    }

    // Byte by byte, so that nothing of what follows is lost; a line is a few bytes. What is in the sandbox can write
    // answers too, so nothing is believed about their length.
    private static async Task<string?> ReadLineAsync(Stream stream)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (line.Length < LongestAnswer && await stream.ReadAsync(one) == 1)
        {
            if (one[0] == '\n') return line.ToString();
            line.Append((char)one[0]);
        }

        return null;
    }
}
