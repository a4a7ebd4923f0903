using Colloquy.SandboxHost.Tests.Support;

namespace Colloquy.SandboxHost.Tests.Sdk;

/// <summary>What the SDK's users do with files.</summary>
public sealed class SdkFileTests(SdkFileTests.Script script) : IClassFixture<SdkFileTests.Script>
{
    public static TheoryData<string> Cases => new(
        "a file is written and read in every format",
        "data of every kind is written",
        "an empty file is written and read in every format",
        "many files are written at once",
        "a file is overwritten",
        "gzip goes both ways",
        "metadata is kept with a file",
        "what is missing is a FileNotFoundError",
        "info tells all about files, folders and links",
        "folders are made once",
        "a tree is listed to a depth",
        "files and folders are renamed and removed",
        "a folder is watched",
        "a tree is watched",
        "a big file goes both ways",
        "signed links stand for the token",
        "another user is refused");

    [Theory]
    [MemberData(nameof(Cases))]
    public Task Sdk_case_passes(string name) => script.Judge.RunAsync(name);

    [Fact]
    public void Every_case_of_the_script_is_run() => Assert.Equal(Cases.Select(row => row.Data), script.Judge.Cases);

    public sealed class Script(SharedHost shared) : SdkScript("files.mjs", shared);
}
