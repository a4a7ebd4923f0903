using Colloquy.Emulators;

// For trying things out: point ANTHROPIC_BASE_URL at it, with any key.
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};

await using var emulator = await MessagesEmulator.StartAsync(
    new MessagesEmulatorOptions(args is ["--url", var url] ? url : "http://127.0.0.1:8089"), stop.Token);
Console.WriteLine($"Messages API emulator at {emulator.Url}");
await Task.Delay(Timeout.Infinite, stop.Token).ContinueWith(_ => { }, TaskScheduler.Default);
foreach (var (model, usage) in emulator.Truth)
{
    Console.WriteLine($"{model}: {usage}");
}
