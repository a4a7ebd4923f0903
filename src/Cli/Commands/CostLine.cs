using Colloquy.Cli.Api;
using CsvHelper;

namespace Colloquy.Cli.Commands;

/// <summary>One line of <c>costs --csv</c>, in the order of its columns.</summary>
[CsvRecord]
internal sealed partial record CostLine(
    [property: CsvColumn("by")] string By,
    [property: CsvColumn("key")] string Key,
    [property: CsvColumn("model_calls")] long ModelCalls,
    [property: CsvColumn("unpriced_calls")] long UnpricedCalls,
    [property: CsvColumn("input_tokens")] long InputTokens,
    [property: CsvColumn("cache_write_tokens")] long CacheWriteTokens,
    [property: CsvColumn("cache_read_tokens")] long CacheReadTokens,
    [property: CsvColumn("prompt_tokens")] long PromptTokens,
    [property: CsvColumn("output_tokens")] long OutputTokens,
    [property: CsvColumn("sandbox_seconds")] double SandboxSeconds,
    [property: CsvColumn("vcpu_seconds")] double VCpuSeconds,
    [property: CsvColumn("gib_seconds")] double GibSeconds,
    [property: CsvColumn("model_usd")] decimal ModelUsd,
    [property: CsvColumn("sandbox_usd")] decimal SandboxUsd,
    [property: CsvColumn("total_usd")] decimal TotalUsd)
{
    public static CostLine From(string by, CostRow row) => new(
        by, row.Key, row.Totals.ModelCalls, row.Totals.UnpricedCalls,
        row.Totals.Tokens.Input, row.Totals.Tokens.CacheWrite, row.Totals.Tokens.CacheRead,
        row.Totals.Tokens.Prompt, row.Totals.Tokens.Output,
        row.Totals.SandboxSeconds, row.Totals.VCpuSeconds, row.Totals.GibSeconds,
        row.Totals.ModelUsd, row.Totals.SandboxUsd, row.Totals.TotalUsd);
}
