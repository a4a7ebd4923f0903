using Colloquy.Cli.Api;
using Colloquy.Cli.Hosting;

namespace Colloquy.Cli.Commands;

/// <summary>Runs a short command against a server; Ctrl-C simply leaves.</summary>
internal static class ServerCommand
{
    public static async Task<int> RunAsync(
        CliContext context,
        ServerChoice choice,
        Func<ColloquyClient, CancellationToken, Task> act,
        CancellationToken cancellationToken)
    {
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var leaving = context.Interrupts.OnAny(leave.Cancel);
        await using var connection = await context.Access.OpenAsync(choice, leave.Token);
        await act(connection.Client, leave.Token);
        return ExitCodes.Success;
    }
}
