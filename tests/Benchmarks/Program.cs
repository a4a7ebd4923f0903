using Colloquy.Benchmarks;

// Measures, never asserts: ratios against a baseline that is taken in the same run.
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};
var which = args.FirstOrDefault() ?? "all";
if (which is "all" or "turns")
{
    await using var times = await TurnTimes.StartAsync(stop.Token);
    await times.CompareWithBareAgentAsync(Console.Out, stop.Token);
    await times.CompareLongWithShortAsync(Console.Out, stop.Token);
}

if (which is "all" or "grains")
{
    await JournalThroughGrains.RunAsync(Console.Out, stop.Token);
}

if (which is "all" or "store")
{
    await JournalAppends.RunAsync(Console.Out, TimeSpan.FromSeconds(1), stop.Token);
}

if (which is "all" or "sandboxes")
{
    await SandboxStarts.RunAsync(Console.Out, stop.Token);
}

if (which is "all" or "gateway")
{
    await GatewayOverhead.RunAsync(Console.Out, stop.Token);
}

return 0;
