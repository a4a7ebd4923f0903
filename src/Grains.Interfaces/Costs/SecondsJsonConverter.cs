using System.Text.Json;
using System.Text.Json.Serialization;

namespace Colloquy.Costs;

/// <summary>
/// For what people read: times to the microsecond. What sums show beyond is the arithmetic's own. Stored sums keep all
/// their digits, or they would drift from the ledger.
/// </summary>
public sealed class SecondsJsonConverter : JsonConverter<double>
{
    private const int Digits = 6;

    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetDouble();

    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options) =>
        writer.WriteNumberValue(Math.Round(value, Digits));
}
