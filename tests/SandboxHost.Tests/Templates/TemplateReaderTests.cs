using System.Text;
using Colloquy.SandboxHost.Templates;

namespace Colloquy.SandboxHost.Tests.Templates;

public sealed class TemplateReaderTests
{
    [Fact]
    public void Template_with_all_members_is_read()
    {
        var definition = Read("""
            {
              "description": "d", "mounts": {"/opt/tool": "installed/bin", "/opt/data": "data"},
              "env": {"A": "1"}, "path": ["/opt/tool"], "install": [["true", "x"]], "start": "serve"
            }
            """);

        Assert.Equal("installed/bin", definition.Mounts["/opt/tool"]);
        Assert.Equal(["true", "x"], Assert.Single(definition.Install));
        Assert.Equal("serve", definition.Start);
    }

    [Theory]
    [InlineData("""{"mounts": {"/usr/lib": "x"}}""", "/usr/lib")]
    [InlineData("""{"mounts": {"/": "x"}}""", "'/'")]
    [InlineData("""{"mounts": {"/opt/../etc": "x"}}""", "/opt/../etc")]
    [InlineData("""{"mounts": {"opt": "x"}}""", "'opt'")]
    [InlineData("""{"mounts": {"/opt/x": "../../etc"}}""", "'../../etc'")]
    [InlineData("""{"mounts": {"/opt/x": "/etc"}}""", "'/etc'")]
    [InlineData("""{"mounts": {"/opt/x": "installed"}}""", "install")]
    [InlineData("""{"env": {"A B": "1"}}""", "'A B'")]
    [InlineData("""{"env": {"PATH": "/opt"}}""", "path")]
    [InlineData("""{"path": ["bin"]}""", "'bin'")]
    [InlineData("""{"install": [[]]}""", "empty")]
    [InlineData("""{"mount": {}}""", "mount")]
    [InlineData("""{"mounts": null}""", "mounts")]
    [InlineData("null", "null")]
    [InlineData("{", "cannot be read")]
    public void Template_that_could_not_work_is_refused_with_its_reason(string json, string reason)
    {
        var failure = Assert.Throws<TemplateException>(() => Read(json));

        Assert.Contains("'t'", failure.Message, StringComparison.Ordinal);
        Assert.Contains(reason, failure.Message, StringComparison.OrdinalIgnoreCase);
    }

    private static TemplateDefinition Read(string json) => TemplateReader.Read("t", Encoding.UTF8.GetBytes(json));
}
