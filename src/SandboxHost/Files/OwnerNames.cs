using Colloquy.SandboxHost.Isolation;
using Colloquy.SandboxHost.Linux;

namespace Colloquy.SandboxHost.Files;

/// <summary>Names of users and groups, as commands in the sandbox see them.</summary>
internal sealed class OwnerNames
{
    private const int NameField = 0, IdField = 2;

    // The server's own user is the only one that a sandbox's user namespace maps; the kernel shows all others as this.
    private const uint MappedId = 1000, OverflowId = 65534;
    private readonly bool _mapped;
    private readonly Dictionary<uint, string> _users, _groups;

    private OwnerNames(bool mapped, string passwd, string group) =>
        (_mapped, _users, _groups) = (mapped, Parse(passwd), Parse(group));

    internal static OwnerNames Of(CageFiles files) => files.IsIsolated
        ? new(mapped: true, ReadText(files, "/etc/passwd"), ReadText(files, "/etc/group"))
        : new(mapped: false, File.ReadAllText("/etc/passwd"), File.ReadAllText("/etc/group"));

    internal string User(uint id) => Name(_users, Inside(id, LibC.geteuid()));

    internal string Group(uint id) => Name(_groups, Inside(id, LibC.getegid()));

    private uint Inside(uint id, uint server)
    {
        if (!_mapped) return id;
        return id == server ? MappedId : OverflowId;
    }

    private static string Name(Dictionary<uint, string> names, uint id) => names.GetValueOrDefault(id, $"{id}");

    private static string ReadText(CageFiles files, string path)
    {
        try
        {
            using var reader = new StreamReader(files.OpenRead(path));
            return reader.ReadToEnd();
        }
        catch (CageFileException none) when (none.Fault == FileFault.Missing)
        {
            return "";
        }
    }

    private static Dictionary<uint, string> Parse(string table)
    {
        var names = new Dictionary<uint, string>();
        foreach (var line in table.Split('\n'))
        {
            var fields = line.Split(':');
            if (fields.Length > IdField && uint.TryParse(fields[IdField], out var id)) names.TryAdd(id, fields[NameField]);
        }

        return names;
    }
}
