using System.Globalization;

namespace Colloquy.SandboxHost.Limits;

/// <summary>How one resource of a sandbox is limited.</summary>
/// <param name="Mechanism">Such as <c>cgroup v2</c>; <c>none</c> if it is not limited.</param>
/// <param name="Reason">Why it is nothing better; null if it is the best there is.</param>
internal sealed record LimitInForce(string Mechanism, string? Reason = null)
{
    internal const string None = "none";
}

/// <summary>What really limits the sandboxes of a host on this machine.</summary>
/// <param name="Freezer">Whether processes can be kept over a pause.</param>
internal sealed record LimitsInForce(
    SandboxLimits Limits,
    LimitInForce Memory,
    LimitInForce Cpu,
    LimitInForce Processes,
    LimitInForce Disk,
    LimitInForce Freezer)
{
    /// <summary>One line for the log at the start.</summary>
    public override string ToString()
    {
        (string Name, string? Amount, LimitInForce By)[] all =
        [
            ("memory", $"{Number(Limits.MemoryMiB)} MiB", Memory), ("CPU", $"{Number(Limits.VCpus)} vCPU", Cpu),
            ("processes", Number(Limits.MaxProcesses), Processes), ("disk", $"{Number(Limits.DiskMiB)} MiB", Disk),
            ("freezer", null, Freezer),
        ];
        return string.Join("; ", all.Select(one => Text(one.Name, one.Amount, one.By)));
    }

    private static string Text(string name, string? amount, LimitInForce by)
    {
        var reason = by.Reason is { } why ? $" ({why})" : "";
        if (by.Mechanism == LimitInForce.None) return $"{name} {(amount is null ? LimitInForce.None : "not limited")}{reason}";
        return amount is null ? $"{name} by {by.Mechanism}{reason}" : $"{name} {amount} by {by.Mechanism}{reason}";
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
