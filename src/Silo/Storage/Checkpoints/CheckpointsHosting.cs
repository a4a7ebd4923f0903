using Colloquy.Grains.Sandboxes;

namespace Colloquy.Silo.Storage.Checkpoints;

public static class CheckpointsHosting
{
    /// <summary>Copies of workspaces as files.</summary>
    /// <param name="folder">Created when the first copy is stored. One server at a time may use it.</param>
    public static IServiceCollection AddCheckpoints(this IServiceCollection services, string folder) =>
        services.AddSingleton<ICheckpointStore>(_ => new FileCheckpointStore(folder));
}
