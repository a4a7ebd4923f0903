using Colloquy.Tests.Storage;
using Xunit;

namespace Colloquy.Silo.Sandboxes;

public sealed class InstallationMarkTests
{
    [Fact]
    public void The_mark_of_a_data_folder_stays_and_is_its_own()
    {
        using var one = new TempFolder();
        using var other = new TempFolder();

        var mark = InstallationMark.Of(one.Path);

        Assert.Equal(mark, InstallationMark.Of(one.Path));
        Assert.NotEqual(mark, InstallationMark.Of(other.Path));
    }
}
