using System.Globalization;

namespace Colloquy.SandboxHost.Isolation;

/// <summary>The folders of a sandbox's commands, numbered as they come.</summary>
internal sealed class ProcessFolders
{
    private readonly string _root;
    private readonly int _first;
    private int _last;

    internal ProcessFolders(string root)
    {
        _root = Directory.CreateDirectory(root).FullName;
        _first = _last = Numbers().DefaultIfEmpty().Max();
    }

    /// <summary>Those there are, and whether an earlier server made them.</summary>
    internal IReadOnlyList<(ProcessFolder Folder, bool IsLeftover)> All =>
        [.. Numbers().Select(number => (Of(number), number <= _first))];

    /// <exception cref="IOException"/>
    /// <exception cref="System.ComponentModel.Win32Exception"/>
    internal ProcessFolder Create()
    {
        var folder = Of(Interlocked.Increment(ref _last));
        folder.Create();
        return folder;
    }

    private ProcessFolder Of(int number) => new(Path.Combine(_root, number.ToString(CultureInfo.InvariantCulture)));

    private IEnumerable<int> Numbers() => Directory.EnumerateDirectories(_root)
        .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var number) ? number : 0)
        .Where(number => number > 0);
}
