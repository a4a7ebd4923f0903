using System.Text.Json;
using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Limits;
using Colloquy.SandboxHost.Linux;
using Colloquy.SandboxHost.Sandboxes;

namespace Colloquy.SandboxHost.Tests;

public sealed class SandboxRecordTests : IDisposable
{
    private readonly SandboxFolder _folder = new(Directory.CreateTempSubdirectory("record-").FullName);

    /// <summary>As the first version wrote it. What later versions add must have defaults.</summary>
    private const string First = """
        {
          "state": "Paused",
          "request": {
            "template": "claude", "network": "Gateway", "timeout": "00:05:00",
            "metadata": { "session": "sesn_1" }, "env_vars": { "A": "b" },
            "auto_pause": true, "auto_pause_memory": false, "auto_resume": false, "is_public": true
          },
          "started_at": "2026-11-23T01:02:03+00:00", "end_at": "2026-11-23T01:07:03+00:00",
          "init": { "pid": 7, "start_time": 8, "boot": "b" }
        }
        """;

    [Fact]
    public void Record_of_the_first_version_is_read()
    {
        File.WriteAllText(_folder.Record, First);

        var record = SandboxRecord.Read(_folder)!;

        Assert.Equal((RecordedState.Paused, "claude", NetworkMode.Gateway), (record.State, record.Request.Template, record.Request.Network));
        Assert.Equal(("sesn_1", "b"), (record.Request.Metadata["session"], record.Request.EnvVars["A"]));
        Assert.True(record.Request is { AutoPause: true, AutoPauseMemory: false, AutoResume: false, IsPublic: true });
        Assert.Equal(TimeSpan.FromMinutes(5), record.Request.Timeout);
        Assert.Equal(DateTimeOffset.Parse("2026-11-23T01:07:03Z", null), record.EndAt);
        Assert.Equal(new ProcessIdentity(7, 8, "b"), record.Init);
    }

    [Fact]
    public void Record_is_written_as_the_first_version_wrote_it()
    {
        File.WriteAllText(_folder.Record, First);

        SandboxRecord.Read(_folder)!.Write(_folder);

        using var expected = JsonDocument.Parse(First);
        using var written = JsonDocument.Parse(File.ReadAllText(_folder.Record));
        Assert.True(JsonElement.DeepEquals(expected.RootElement, written.RootElement), written.RootElement.ToString());
    }

    [Fact]
    public void Limits_that_were_asked_for_are_kept()
    {
        File.WriteAllText(_folder.Record, First);
        var record = SandboxRecord.Read(_folder)!;
        Assert.Null(record.Request.Limits);
        var limits = new SandboxLimits(MemoryMiB: 1024, VCpus: 1, MaxProcesses: 64, DiskMiB: 100);

        (record with { Request = record.Request with { Limits = limits } }).Write(_folder);

        Assert.Equal(limits, SandboxRecord.Read(_folder)!.Request.Limits);
    }

    public void Dispose() => Directory.Delete(_folder.FullPath, recursive: true);
}
