using Colloquy.Emulators;

// For trying things out: point ANTHROPIC_BASE_URL at it, with any key.
await using var emulator = await MessagesEmulator.StartAsync(
    new MessagesEmulatorOptions(args is ["--url", var url] ? url : "http://127.0.0.1:8089"));
Console.WriteLine($"Messages API emulator at {emulator.Url}");
await emulator.WaitForStopAsync();
foreach (var (model, usage) in emulator.Truth)
{
    Console.WriteLine($"{model}: {usage}");
}
