using Colloquy.Cli.Api;
using Colloquy.Grains.Sandboxes;
using Colloquy.Sessions;
using Microsoft.Extensions.DependencyInjection;

namespace Colloquy.Cli.Demo;

/// <summary>One conversation over several turns.</summary>
internal static class MultiTurnSuite
{
    public static readonly IReadOnlyList<Check> Checks =
    [
        new(Suites.MultiTurn, "one sandbox, four turns",
            "A session remembers: what was said lives in its history, what was written lives in its sandbox.",
            "turn 3 recalls the word of turn 1, turn 4 reads the file of turn 2, all in one sandbox, which goes with the session",
            RunAsync),
    ];

    private static async Task RunAsync(CheckRun run, CancellationToken cancellationToken)
    {
        var (word, content) = (BasicSuite.Word(), BasicSuite.Word());
        var session = await run.OpenSessionAsync("demo: multi-turn", cancellationToken);
        var turns = new List<DemoTurn>();
        foreach (var prompt in (string[])[
            $"Remember that the code word is {word}.",
            run.Setting.IsOffline ? $"Write {content} to memo.txt." : $"Write \"{content}\" to memo.txt.",
            "What is the code word?",
            "Read memo.txt."])
        {
            var turn = await session.TurnAsync(prompt, cancellationToken);
            turns.Add(turn);
            run.Say("");
        }

        run.Require("all four turns complete", turns.TrueForAll(turn => turn.Result.Completed),
            string.Join(", ", turns.Select(turn => turn.Result.Outcome)));
        run.Require($"turn 3 recalls {word}, told in turn 1", BasicSuite.Holds(turns[2].Answer, word), turns[2].LastLine);
        run.Require($"turn 4 reads {content}, written in turn 2", BasicSuite.Holds(turns[3].AllText, content), turns[3].LastLine);
        await LiveSuite.RequireFileAsync(run, session, "memo.txt", content, cancellationToken);
        await RequireOneSandboxAsync(run, session, turns, cancellationToken);
        await RequireEndAsync(run, session, turns[0].SandboxId, cancellationToken);
    }

    private static async Task RequireOneSandboxAsync(
        CheckRun run, DemoSession session, List<DemoTurn> turns, CancellationToken cancellationToken)
    {
        var view = await session.GetAsync(cancellationToken);
        List<string?> sandboxes = [.. turns.Select(turn => turn.SandboxId), view.SandboxId];
        run.Require("the sandbox is the same throughout",
            sandboxes.TrueForAll(id => !string.IsNullOrEmpty(id)) && sandboxes.Distinct().Count() == 1,
            string.Join(", ", sandboxes.Distinct().Select(id => id ?? "none")));
    }

    private static async Task RequireEndAsync(
        CheckRun run, DemoSession session, string? sandboxId, CancellationToken cancellationToken)
    {
        await session.EndAsync(cancellationToken);
        var view = await session.GetAsync(cancellationToken);
        run.Require("the session has ended and holds no sandbox",
            view is { Status: SessionStatus.Terminated, SandboxId: null }, $"{view.Status}, sandbox {view.SandboxId ?? "none"}");
        if (run.Setting.Local?.Services?.GetService<ISandboxProvider>() is { } sandboxes && sandboxId is not null)
        {
            var left = await sandboxes.ConnectAsync(sandboxId, TimeSpan.FromSeconds(1), cancellationToken);
            run.Require("the sandbox host does not know it any more",
                left is null, left is null ? $"{sandboxId} is gone" : $"{sandboxId} is still there");
        }

        var refusal = await RefusalAsync(run, session, cancellationToken);
        run.Require("an ended session takes no more messages, and says so",
            refusal is { Status: 409 }, refusal?.Message ?? "it took one");
        var kept = await run.Setting.Client.ListEventsAsync(session.Id, cancellationToken).CountAsync(cancellationToken);
        run.Require("its history stays readable", kept > 0, $"{kept} events");
    }

    private static async Task<ApiErrorInfo?> RefusalAsync(
        CheckRun run, DemoSession session, CancellationToken cancellationToken)
    {
        try
        {
            await run.Setting.Client.SendMessageAsync(session.Id, "What is 1+1?", timeout: null, cancellationToken);
            return null;
        }
        catch (ApiErrorException exception)
        {
            return exception.Info;
        }
    }
}
