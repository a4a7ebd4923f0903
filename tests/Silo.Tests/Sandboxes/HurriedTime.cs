using Microsoft.Extensions.Time.Testing;

namespace Colloquy.Silo.Sandboxes;

internal static class HurriedTime
{
    /// <summary>Lets time pass until the task is done, so that waits between attempts take none.</summary>
    public static async Task<T> HurryAsync<T>(this FakeTimeProvider time, Task<T> task)
    {
        while (!task.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        return await task;
    }

    public static Task HurryAsync(this FakeTimeProvider time, Task task) => time.HurryAsync(task.ContinueWith(
        done => { done.GetAwaiter().GetResult(); return true; }, TaskScheduler.Default));
}
