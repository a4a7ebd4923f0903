using System.Text.Json.Serialization;

namespace Colloquy.SandboxHost.Templates;

/// <summary>
/// The file <c>template.json</c>: what sandboxes made from a template have beyond the host's own system directories,
/// which all of them see read-only.
/// </summary>
internal sealed class TemplateDefinition
{
    // Settable because generated readers overwrite the defaults of init-only members.
    public string? Description { get; set; }

    /// <summary>
    /// Read-only folders in the sandbox: from an absolute path there to one below the template's folder.
    /// <c>installed</c> is where <see cref="Install"/> ran.
    /// </summary>
    public IReadOnlyDictionary<string, string> Mounts { get; set; } = new Dictionary<string, string>();

    /// <summary>Environment of every command, unless the caller sets the same name.</summary>
    public IReadOnlyDictionary<string, string> Env { get; set; } = new Dictionary<string, string>();

    /// <summary>Folders in the sandbox where programs are looked for first.</summary>
    public IReadOnlyList<string> Path { get; set; } = [];

    /// <summary>Commands that fill the template once, run on the host in an empty folder. Each is a program and its arguments.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Install { get; set; } = [];

    /// <summary>What <see cref="Install"/> installs, in words for people who wait for it.</summary>
    public string? Installs { get; set; }

    /// <summary>A shell command that runs in the background of each sandbox from its start.</summary>
    public string? Start { get; set; }

    /// <summary>The memory that its sandboxes need, in MiB: they get no less, unless a create request asks for less.</summary>
    public int MemoryMib { get; set; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    ReadCommentHandling = System.Text.Json.JsonCommentHandling.Skip,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(TemplateDefinition))]
internal sealed partial class TemplateJson : JsonSerializerContext;
