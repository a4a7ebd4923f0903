namespace Colloquy.Grains.Agents;

internal static class ModelName
{
    public const string Unknown = "unknown";

    /// <summary>Of messages that the CLI itself wrote, such as an API error.</summary>
    public const string Synthetic = "<synthetic>";

    /// <summary>
    /// The name without a context suffix ("[1m]") and a date: the stream of a call may name the dated model where the
    /// result line names the undated one, and they must not be booked beside each other.
    /// </summary>
    public static string Family(string model)
    {
        var bracket = model.IndexOf('[', StringComparison.Ordinal);
        var name = bracket > 0 ? model[..bracket] : model;
        var dash = name.LastIndexOf('-');
        return dash > 0 && name.Length - dash == 9 && name.AsSpan(dash + 1).IndexOfAnyExceptInRange('0', '9') < 0
            ? name[..dash]
            : name;
    }
}
