namespace Colloquy.Grains.Agents.Offline;

/// <summary>What earlier sentences of the prompt mean for later ones: what "it" is, and what was told.</summary>
internal sealed class PlanContext
{
    public Facts Facts { get; private init; } = new([]);

    /// <summary>The file that was written or read last; null if there was none yet.</summary>
    public string? LastFile { get; private set; }

    public void Apply(IReadOnlyList<OfflineStep> steps)
    {
        foreach (var step in steps)
        {
            if (step is Memorize(var fact))
            {
                Facts.Add(fact);
            }

            LastFile = step switch
            {
                WriteFile write => write.Path,
                ReadFile read => read.Path,
                Count count => count.Path,
                _ => LastFile,
            };
        }
    }

    public PlanContext After(IReadOnlyList<OfflineStep> steps)
    {
        var next = new PlanContext { Facts = new Facts(Facts.All), LastFile = LastFile };
        next.Apply(steps);
        return next;
    }
}
