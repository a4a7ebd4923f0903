namespace Colloquy.Grains.Tests.Costs;

/// <summary>A small valid price book to break in one place.</summary>
internal static class BookJson
{
    public const string Model =
        """
        "some-model": {
          "input": 1, "output": 5, "cache_write_5m": 1.25, "cache_write_1h": 2, "cache_read": 0.1,
          "source": "somewhere", "date": "2026-11-22"
        }
        """;

    public const string Sandbox =
        """
        "box": { "vcpu_second": 0.1, "gib_second": 0.2, "source": "somewhere", "date": "2026-11-22" }
        """;

    public static string With(string model = Model, string sandbox = Sandbox, string format = "1", string version = "\"v1\"",
        string? terms = null) =>
        $$"""
        { "format": {{format}}, "version": {{version}}, "models": { {{model}} }, "sandboxes": { {{sandbox}} }
          {{(terms is null ? "" : $", \"terms\": {terms}")}} }
        """;
}
