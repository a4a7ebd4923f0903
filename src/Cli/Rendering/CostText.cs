using System.Globalization;
using Colloquy.Costs;

namespace Colloquy.Cli.Rendering;

/// <summary>Costs in words.</summary>
internal static class CostText
{
    /// <summary>The breakdown: tokens by kind, sandbox time, money.</summary>
    public static string Full(CostTotals cost, bool demoPrices = false)
    {
        var tokens = cost.Tokens;
        return string.Create(CultureInfo.InvariantCulture,
            $"{Count(tokens.Prompt)} prompt tokens (input {Count(tokens.Input)}, cache write {Count(tokens.CacheWrite)}, " +
            $"cache read {Count(tokens.CacheRead)}) + {Count(tokens.Output)} completion tokens in {Calls(cost.ModelCalls)}; " +
            $"{Sandbox(cost)}; {Money(cost)}{(demoPrices ? " at demo prices" : "")}");
    }

    public static string Short(CostTotals cost) => string.Create(CultureInfo.InvariantCulture,
        $"{Count(cost.Tokens.Prompt)} + {Count(cost.Tokens.Output)} tokens, sandbox {cost.SandboxSeconds:0.00} s, {Money(cost)}");

    public static string Sandbox(CostTotals cost) =>
        cost.SandboxSeconds > 0
            ? string.Create(CultureInfo.InvariantCulture,
                $"sandbox {cost.SandboxSeconds:0.00} s × {VCpus(cost):0.##} vCPU, {cost.GibSeconds:0.00} GiB·s")
            : "no sandbox time";

    /// <summary>Unpriced parts are named: an unknown price is not a price of zero.</summary>
    public static string Money(CostTotals cost)
    {
        var missing = new List<string>();
        if (cost.UnpricedCalls > 0)
        {
            missing.Add($"{Calls(cost.UnpricedCalls)} unpriced");
        }

        if (cost.UnpricedSandboxSlices > 0)
        {
            missing.Add("sandbox time unpriced");
        }

        return missing.Count == 0 ? Usd(cost.TotalUsd) : $"{Usd(cost.TotalUsd)} + {string.Join(" and ", missing)}";
    }

    /// <summary>Always with a point, and with enough digits for the cheapest turn.</summary>
    public static string Usd(decimal usd) =>
        string.Create(CultureInfo.InvariantCulture, $"{usd:#,0.00######} USD");

    public static string Count(long number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    public static double VCpus(CostTotals cost) =>
        cost.SandboxSeconds > 0 ? cost.VCpuSeconds / cost.SandboxSeconds : 0;

    private static string Calls(long number) => number == 1 ? "1 model call" : $"{Count(number)} model calls";
}
