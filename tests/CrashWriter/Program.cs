using Colloquy.Grains.Sessions;
using Colloquy.Sessions;
using Colloquy.Silo.Storage.Sqlite;
using Colloquy.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;

// Appends to the store of the first argument with several callers at once, continuing the sessions of the other
// arguments, and says "session sequence" for each append that was acknowledged. It never ends by itself.
await using var services = new ServiceCollection().AddLogging().AddSqliteStore(args[0]).BuildServiceProvider();
var store = services.GetRequiredService<ISessionStore>();
await Task.WhenAll(args.Skip(1).Select(id => Task.Run(() => AppendForeverAsync(new SessionId(id)))));

async Task AppendForeverAsync(SessionId session)
{
    var stored = await store.FindAsync(session, CancellationToken.None);
    for (var sequence = (stored?.Head ?? 0) + 1; ; sequence++)
    {
        var outcomes = await store.AppendAsync([Sample.FullAppend(session, sequence)], CancellationToken.None);
        if (outcomes[0] != AppendOutcome.Appended)
        {
            throw new InvalidOperationException($"{session} {sequence}: {outcomes[0]}");
        }

        // Console.Out is synchronized and flushes each line: what the parent reads was acknowledged, whole or not at all.
        Console.WriteLine($"{session} {sequence}");
    }
}
