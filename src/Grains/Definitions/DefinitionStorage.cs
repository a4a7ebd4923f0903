using Colloquy.Definitions;

namespace Colloquy.Grains.Definitions;

/// <summary>How the grains of definitions use their storage.</summary>
public static class DefinitionStorage
{
    /// <summary>The name of the grain storage that the host provides.</summary>
    public const string Name = "definitions";

    /// <summary>
    /// Writes the state. If that fails, memory and store may differ, and another activation may have written: this one
    /// is dropped, and the next call reads again.
    /// </summary>
    /// <exception cref="DefinitionNotConfirmedException">Whether it was stored is unknown.</exception>
    internal static async Task StoreAsync<T>(this IPersistentState<T> storage, Grain grain, T next)
    {
        storage.State = next;
        await ConfirmAsync(grain, storage.WriteStateAsync);
    }

    /// <inheritdoc cref="StoreAsync"/>
    internal static Task DeleteAsync<T>(this IPersistentState<T> storage, Grain grain) =>
        ConfirmAsync(grain, storage.ClearStateAsync);

    /// <exception cref="InvalidDataException">A newer server wrote it.</exception>
    internal static void CheckSchema(string id, int stored, int known)
    {
        if (stored > known)
        {
            throw new InvalidDataException(
                $"'{id}' was written by a newer version (schema {stored}; this one reads up to {known}). Run the newer version.");
        }
    }

    private static async Task ConfirmAsync(Grain grain, Func<Task> change)
    {
        try
        {
            await change();
        }
        catch (Exception exception)
        {
            grain.DeactivateOnIdle();
            throw new DefinitionNotConfirmedException(grain.GetPrimaryKeyString(), exception);
        }
    }
}
