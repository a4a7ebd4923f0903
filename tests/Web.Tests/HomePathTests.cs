using Colloquy.Sessions;
using Colloquy.Web.Sandboxes;
using CsCheck;

namespace Colloquy.Web.Tests;

public sealed class HomePathTests
{
    private const string Home = "/home/user";

    /// <summary>Pieces that paths out of a folder are made of.</summary>
    private static readonly Gen<string> AnyPath = Gen.OneOf(
            Gen.OneOf("", ".", "..", "...", "/", "//", "home", "user", "users", "home/user", Home, Home + "/", "a", "ä b", "~", "-", "\0", "\n"),
            Gen.String)
        .List[0, 6].Select(pieces => string.Join("/", pieces));

    private static readonly Gen<string> Name = Gen.OneOf(
        Gen.OneOf("a", "b.txt", "...", "~", "-", " ", "ä b", "\n", ".hidden"), Gen.String[Gen.Char['a', 'z'], 1, 20]);

    [Fact]
    public void Accepted_path_is_below_home_and_normal()
    {
        AnyPath.Sample(text =>
        {
            if (TryParse(text) is not { } path)
            {
                return;
            }

            Assert.True(path.Absolute == Home || path.Absolute.StartsWith(Home + "/", StringComparison.Ordinal));
            Assert.Equal(Path.GetFullPath(path.Absolute), path.Absolute);
            Assert.DoesNotContain('\0', path.Absolute);
            Assert.Equal(path, HomePath.Parse(path.Absolute, Home));
            Assert.Equal(path, HomePath.Parse(path.Relative, Home));
        });
    }

    [Fact]
    public void Path_of_names_is_accepted_relative_and_absolute()
    {
        Name.List[1, 5].Sample(names =>
        {
            var relative = string.Join('/', names);

            Assert.Equal($"{Home}/{relative}", HomePath.Parse(relative, Home).Absolute);
            Assert.Equal($"{Home}/{relative}", HomePath.ParseFile($"{Home}//./{relative}", Home).Absolute);
            Assert.Equal(names[^1], HomePath.Parse(relative + "/", Home).Name);
        });
    }

    [Fact]
    public void Path_that_goes_up_is_refused_wherever_it_does()
    {
        Gen.Select(Name.List[0, 3], Name.List[0, 3]).Sample((before, after) =>
            Assert.Null(TryParse(string.Join('/', [.. before, "..", .. after]))));
    }

    [Theory]
    [InlineData("/", "outside of /home/user")]
    [InlineData("/etc/passwd", "outside of /home/user")]
    [InlineData("/home/users/a", "outside of /home/user")]
    [InlineData("//home/user/a", "outside of /home/user")]
    [InlineData("/home/user/../other/a", "'..'")]
    [InlineData("..", "'..'")]
    [InlineData("a\0b", "NUL")]
    public void Refusal_says_why(string text, string why)
    {
        var error = Assert.Throws<InvalidInputException>(() => HomePath.Parse(text, Home));

        Assert.Equal("path", error.Field);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(255, true)]
    [InlineData(256, false)]
    public void Name_is_as_long_as_Linux_takes_it(int bytes, bool accepted) =>
        Assert.Equal(accepted, TryParse(new string('a', bytes)) is not null);

    [Fact]
    public void Length_is_counted_in_bytes()
    {
        Assert.NotNull(TryParse(new string('ä', 127)));
        Assert.Null(TryParse(new string('ä', 128)));
        Assert.Null(TryParse(string.Join('/', Enumerable.Repeat(new string('a', 200), 21))));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("/home/user")]
    [InlineData("/home/user/")]
    public void Home_is_a_folder_and_no_file(string? text)
    {
        Assert.True(HomePath.Parse(text, Home).IsHome);
        Assert.Throws<InvalidInputException>(() => HomePath.ParseFile(text, Home));
    }

    [Theory]
    [InlineData("folder/")]
    [InlineData("folder/.")]
    public void File_is_not_written_like_a_folder(string text) =>
        Assert.Throws<InvalidInputException>(() => HomePath.ParseFile(text, Home));

    private static HomePath? TryParse(string text)
    {
        try
        {
            return HomePath.Parse(text, Home);
        }
        catch (InvalidInputException)
        {
            return null;
        }
    }
}
