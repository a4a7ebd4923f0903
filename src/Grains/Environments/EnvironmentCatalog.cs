using Colloquy.Definitions;
using Colloquy.Environments;
using Colloquy.Sessions;

namespace Colloquy.Grains.Environments;

/// <summary>Finds the environments of sessions that are about to be created.</summary>
public sealed class EnvironmentCatalog(IGrainFactory grains)
{
    /// <exception cref="InvalidInputException">Unknown or archived.</exception>
    public async Task<EnvironmentDefinition> ForNewSessionAsync(string id)
    {
        var environment = BuiltInEnvironments.Find(id) ?? await FindAsync(id);
        InputRules.Require(
            environment.ArchivedAt is null, "environment_id",
            $"'{id}' is archived: it takes no new sessions. Choose another environment.");
        return environment;
    }

    private async Task<EnvironmentDefinition> FindAsync(string id)
    {
        try
        {
            return EnvironmentId.TryParse(id, out var environment)
                ? await grains.GetGrain<IEnvironmentGrain>(environment.Value).GetAsync()
                : throw new DefinitionNotFoundException("environment", $"'{id}'");
        }
        catch (DefinitionNotFoundException unknown)
        {
            throw new InvalidInputException("environment_id", unknown.Message);
        }
    }
}
