using System.Text;
using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Linux;
using CsCheck;

namespace Colloquy.SandboxHost.Tests;

public sealed class PathTests
{
    private const string Home = "/home/user";
    private static readonly Gen<string> Segment = Gen.OneOf("", ".", "..", "a", "b c", "ä\n", "~", "...", "-");

    [Fact]
    public void Any_path_becomes_the_absolute_one_that_it_names() => Gen.Select(
        Gen.OneOf("", "/", "~/", "./", "//"), Segment.Array[0, 8]).Sample((start, segments) =>
    {
        var path = start + string.Join('/', segments);
        if (path.Length == 0 || (path[0] == '~' && path.Length > 1 && path[1] != '/')) return;
        var full = SandboxPath.Normalize(path, Home);
        Assert.Equal(Model(path), full);
        Assert.Equal(full, SandboxPath.Normalize(full, Home));
    });

    [Theory]
    [InlineData("")]
    [InlineData("~root")]
    [InlineData("~root/x")]
    [InlineData("a\0b")]
    public void What_cannot_be_a_path_is_refused(string path) =>
        Assert.Equal(FileFault.Unfit, Assert.Throws<CageFileException>(() => SandboxPath.Normalize(path, Home)).Fault);

    [Fact]
    public void Names_of_any_bytes_survive() => Gen.Byte[1, 255].Array[0, 20].Sample(bytes =>
        Assert.Equal([.. bytes, 0], RawPath.Of(bytes).ToNative()));

    [Fact]
    public void Names_of_text_are_shown_as_it() => Gen.String.Sample(text =>
    {
        var valid = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
        Assert.Equal(valid, RawPath.Of(text).ToString());
    });

    // Word by word, as one would explain it.
    private static string Model(string path)
    {
        var (rest, places) = path switch
        {
            "~" => ("", new List<string> { "home", "user" }),
            ['~', '/', ..] => (path[2..], ["home", "user"]),
            ['/', ..] => (path, []),
            _ => (path, ["home", "user"]),
        };
        foreach (var segment in rest.Split('/'))
        {
            if (segment is "" or ".") continue;
            if (segment != "..") places.Add(segment);
            else if (places.Count > 0) places.RemoveAt(places.Count - 1);
        }

        return "/" + string.Join('/', places);
    }
}
