using System.Diagnostics;
using Colloquy.Silo.Storage;
using Xunit;

namespace Colloquy.Tests.Storage;

public sealed class DataFolderLockTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Acquire_twice_is_refused_until_the_first_lets_go()
    {
        var data = _folder.File("data");
        using (DataFolderLock.Acquire(data))
        {
            var error = Assert.Throws<StoreUnavailableException>(() => DataFolderLock.Acquire(data));
            Assert.Contains($"{data} is in use by another server.", error.Message, StringComparison.Ordinal);
        }

        DataFolderLock.Acquire(data).Dispose();
    }

    [Theory]
    [InlineData("""{"url":"http://127.0.0.1:5080","pid":42}""", "another server at http://127.0.0.1:5080 (process 42).")]
    [InlineData("""{"pid":42}""", "another server (process 42).")]
    [InlineData("""{"pid":"x"}""", "another server.")]
    [InlineData("[]", "another server.")]
    [InlineData("{", "another server.")]
    public void Refusal_names_the_other_server_if_it_left_its_address(string info, string expected)
    {
        using var held = DataFolderLock.Acquire(_folder.Path);
        File.WriteAllText(_folder.File(DataFolderLock.InfoFile), info);

        var error = Assert.Throws<StoreUnavailableException>(() => DataFolderLock.Acquire(_folder.Path));

        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Acquire_where_no_folder_can_be_is_refused()
    {
        File.WriteAllText(_folder.File("data"), "");

        var error = Assert.Throws<StoreUnavailableException>(() => DataFolderLock.Acquire(_folder.File("data/inner")));

        Assert.Contains("cannot be written", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lock_of_another_process_is_respected_and_dies_with_it()
    {
        File.WriteAllText(_folder.File("server.lock"), "");
        using var other = Process.Start(new ProcessStartInfo("flock")
        {
            ArgumentList = { "--exclusive", "--no-fork", _folder.File("server.lock"), "sh", "-c", "echo held; read never" },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        Assert.Equal("held", other.StandardOutput.ReadLine());
        Assert.Throws<StoreUnavailableException>(() => DataFolderLock.Acquire(_folder.Path));

        other.Kill(entireProcessTree: true);
        other.WaitForExit();

        DataFolderLock.Acquire(_folder.Path).Dispose();
    }
}
