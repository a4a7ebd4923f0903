using System.Globalization;
using Colloquy.Cli.Rendering;
using Colloquy.Costs;

namespace Colloquy.Cli.Demo;

/// <summary>One run of a check: its sessions, what they cost, and what was found.</summary>
internal sealed class CheckRun(DemoSetting setting)
{
    private readonly List<Finding> _findings = [];
    private readonly List<DemoSession> _sessions = [];

    public DemoSetting Setting => setting;

    public IReadOnlyList<Finding> Findings => _findings;

    public bool Held => _findings.Count > 0 && _findings.TrueForAll(finding => finding.Holds);

    /// <summary>Criteria that mean nothing for this agent.</summary>
    public int Skipped { get; private set; }

    public CostTotals Cost { get; private set; } = CostTotals.Zero;

    public async Task<DemoSession> OpenSessionAsync(string title, CancellationToken cancellationToken)
    {
        var view = await setting.Client.CreateSessionAsync(setting.Agent, title, cancellationToken);
        setting.Screen.Line($"(session {view.Id})");
        var session = new DemoSession(setting, view, cost => Cost += cost);
        _sessions.Add(session);
        return session;
    }

    public void Say(string text) => setting.Screen.Line(text);

    public void Require(string criterion, bool holds, string cameOut)
    {
        var finding = new Finding(criterion, holds, Printable.OneLine(cameOut, 300));
        _findings.Add(finding);
        setting.Screen.Finding(finding);
    }

    public void Skip(string criterion, string reason)
    {
        Skipped++;
        setting.Screen.Skipped(criterion, reason);
    }

    /// <summary>The criterion of every check: what was used is counted, and none of it as nothing.</summary>
    public void RequireCost()
    {
        var tokens = Cost.Tokens;
        Require(
            "tokens and sandbox time are counted and priced, none of them as zero",
            tokens is { Prompt: > 0, Output: > 0 } && Cost.SandboxSeconds > 0 && Cost.VCpuSeconds > 0 &&
            (Cost.ModelNanoUsd > 0 || (setting.IsOffline && Cost.UnpricedCalls > 0)),
            string.Create(CultureInfo.InvariantCulture,
                $"{tokens.Prompt} prompt, {tokens.Output} completion, {Cost.SandboxSeconds:0.00} s × {CostText.VCpus(Cost):0.##} vCPU, {CostText.Money(Cost)}"));
    }

    /// <summary>Leaves nothing behind: sandboxes cost money as long as they live.</summary>
    public async Task CleanUpAsync(CancellationToken cancellationToken)
    {
        foreach (var session in _sessions.Where(session => !session.Ended))
        {
            await session.EndAsync(cancellationToken);
        }
    }
}
