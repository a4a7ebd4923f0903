using Spectre.Console;

namespace Colloquy.Cli.Rendering;

/// <summary>
/// A table whose cells never break: where the terminal is too narrow, the columns that matter least are left out, and
/// named below it.
/// </summary>
internal sealed class FittingTable
{
    private readonly List<(string Name, Justify Side, int Rank)> _columns = [];
    private readonly List<Text[]> _rows = [];

    /// <param name="rank">0 is always shown; of the others, the highest is left out first.</param>
    public FittingTable Add(string name, int rank = 0, Justify side = Justify.Left)
    {
        _columns.Add((name, side, rank));
        return this;
    }

    public FittingTable AddNumber(string name, int rank = 0) => Add(name, rank, Justify.Right);

    public void AddRow(params IEnumerable<Text> cells) => _rows.Add([.. cells]);

    public void AddEmptyRow() => AddRow(_columns.Select(_ => Text.Empty));

    public void WriteTo(Screen screen)
    {
        var shown = Enumerable.Range(0, _columns.Count).ToList();
        var table = Build(shown);
        while (!screen.Fits(table) && shown.MaxBy(index => _columns[index].Rank) is var least && _columns[least].Rank > 0)
        {
            shown.Remove(least);
            table = Build(shown);
        }

        screen.WriteTable(table);
        if (shown.Count < _columns.Count)
        {
            var missing = _columns.Where((_, index) => !shown.Contains(index)).Select(column => column.Name);
            screen.Line($"A wider terminal shows more: {string.Join(", ", missing)}.");
        }
    }

    private Table Build(List<int> shown)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var (name, side, _) in shown.Select(index => _columns[index]))
        {
            table.AddColumn(new TableColumn(new Text(name)) { Alignment = side, NoWrap = true, Padding = new Padding(0, 0, 1, 0) });
        }

        foreach (var row in _rows)
        {
            table.AddRow(shown.Select(index => row[index]));
        }

        return table;
    }
}
