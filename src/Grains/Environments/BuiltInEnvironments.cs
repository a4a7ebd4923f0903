using Colloquy.Environments;
using Colloquy.Sessions;

namespace Colloquy.Grains.Environments;

/// <summary>The environment that exists without being created.</summary>
public static class BuiltInEnvironments
{
    internal static readonly DateTimeOffset Since = new(2026, 11, 23, 0, 0, 0, TimeSpan.Zero);

    private static readonly EnvironmentDefinition Default = new(BuiltIn.DefaultEnvironment, "Default")
    {
        Description = "A sandbox as the server is configured, without a network of its own.",
        CreatedAt = Since,
        UpdatedAt = Since,
        Revision = 1,
    };

    /// <returns>Null if it is not built in.</returns>
    public static EnvironmentDefinition? Find(string id) => id == Default.Id ? Default : null;
}
