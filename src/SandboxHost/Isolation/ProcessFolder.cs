using System.Globalization;
using System.IO.Pipes;
using System.Text.Json;
using Colloquy.SandboxHost.Linux;
using Microsoft.Win32.SafeHandles;

namespace Colloquy.SandboxHost.Isolation;

/// <summary>The files of one command on the host: all that another server needs to follow it.</summary>
internal sealed class ProcessFolder(string path)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private string Input => Path.Combine(path, "in");

    private string Output => Path.Combine(path, "out");

    private string Error => Path.Combine(path, "err");

    /// <summary>A pipe that only the shim writes to, so that its end is the shim's.</summary>
    private string Alive => Path.Combine(path, "alive");

    private string Exit => Path.Combine(path, "exit");

    private string Record => Path.Combine(path, "process.json");

    /// <exception cref="IOException"/>
    /// <exception cref="System.ComponentModel.Win32Exception"/>
    internal void Create()
    {
        Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
        foreach (var pipe in new[] { Input, Output, Error, Alive }) Fifo.Create(pipe);
    }

    internal AnonymousPipeClientStream ReadOutput() => Fifo.OpenReader(Output);

    internal AnonymousPipeClientStream ReadError() => Fifo.OpenReader(Error);

    internal AnonymousPipeClientStream ReadAlive() => Fifo.OpenReader(Alive);

    /// <exception cref="IOException">The command has closed its input.</exception>
    internal AnonymousPipeClientStream WriteInput() => Fifo.OpenWriter(Input);

    /// <summary>The shim's writing and the command's reading end of its input.</summary>
    internal (SafeFileHandle Hold, SafeFileHandle Read) OpenInput()
    {
        using var opener = Descriptor.Open(Input, LibC.O_RDWR);
        return (Descriptor.Open(Input, LibC.O_WRONLY), Descriptor.Open(Input, LibC.O_RDONLY));
    }

    // The command itself can read what it writes: so that it only stalls, and gets no SIGPIPE, when no server is there.
    internal SafeFileHandle OpenOutput() => Descriptor.Open(Output, LibC.O_RDWR);

    internal SafeFileHandle OpenError() => Descriptor.Open(Error, LibC.O_RDWR);

    /// <summary>Needs a reader that is there already.</summary>
    internal SafeFileHandle OpenAlive() => Descriptor.Open(Alive, LibC.O_WRONLY);

    internal SafeFileHandle OpenExit() => Descriptor.Open(Exit, LibC.O_WRONLY | LibC.O_CREAT);

    /// <returns>Null if the shim was killed before it could tell, or all of this is gone.</returns>
    internal ExitStatus? ReadExit()
    {
        try
        {
            return int.TryParse(File.ReadAllText(Exit), CultureInfo.InvariantCulture, out var status)
                ? ExitStatus.FromWait(status)
                : null;
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    internal void Write(ProcessRecord record)
    {
        var written = Record + ".new";
        using (var file = new FileStream(written, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = OwnerOnly,
        }))
        {
            JsonSerializer.Serialize(file, record, ProcessJson.Default.ProcessRecord);
        }

        File.Move(written, Record, overwrite: true);
    }

    /// <returns>Null if no command was started.</returns>
    /// <exception cref="JsonException"/>
    internal ProcessRecord? ReadRecord() =>
        File.Exists(Record) ? JsonSerializer.Deserialize(File.ReadAllBytes(Record), ProcessJson.Default.ProcessRecord) : null;

    internal void Delete()
    {
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // It went with its sandbox.
        }
    }
}
