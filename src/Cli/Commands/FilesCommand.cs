using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Colloquy.Cli.Api;
using Colloquy.Cli.Files;
using Colloquy.Cli.Rendering;
using Spectre.Console;

namespace Colloquy.Cli.Commands;

/// <summary><c>colloquy files put|get|ls</c>: the files in a session's sandbox.</summary>
internal static class FilesCommand
{
    private const string RemotePath = "relative to the home folder of its sandbox, or absolute below it";

    public static Command Create(CliContext context) => new("files", "Put files into a session's sandbox, get and list them.")
    {
        CreatePut(context),
        CreateGet(context),
        CreateList(context),
    };

    private static Argument<string> Session() => new("SESSION") { Description = "The session's id: sesn_…" };

    private static Command CreatePut(CliContext context)
    {
        var session = Session();
        var local = new Argument<string>("LOCAL") { Description = "A file of this machine" };
        var remote = new Argument<string?>("REMOTE")
        {
            Description = $"Where to put it, {RemotePath}; a folder if it ends with '/' (default: its name in the home folder)",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var command = new Command("put", "Send a file into the sandbox; a session without one gets one.") { session, local, remote };
        var choice = command.AddServerChoice();
        command.SetAction((parsed, cancellationToken) => ServerCommand.RunAsync(
            context, choice(parsed),
            (client, token) => PutAsync(
                context, client, parsed.GetRequiredValue(session), parsed.GetRequiredValue(local), parsed.GetValue(remote), token),
            cancellationToken));
        return command;
    }

    private static Command CreateGet(CliContext context)
    {
        var session = Session();
        var remote = new Argument<string>("REMOTE") { Description = $"The file, {RemotePath}" };
        var local = new Argument<string?>("LOCAL")
        {
            Description = "Where to write it, a file or a folder; '-' writes it to the standard output (default: its name)",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var force = new Option<bool>("--force") { Description = "Replace a file that is there already" };
        var command = new Command("get", "Fetch a file from the sandbox.") { session, remote, local, force };
        var choice = command.AddServerChoice();
        command.SetAction((parsed, cancellationToken) => ServerCommand.RunAsync(
            context, choice(parsed),
            (client, token) => GetAsync(
                context, client, new FileGet(
                    parsed.GetRequiredValue(session), parsed.GetRequiredValue(remote), parsed.GetValue(local), parsed.GetValue(force)),
                token),
            cancellationToken));
        return command;
    }

    private static Command CreateList(CliContext context)
    {
        var session = Session();
        var path = new Argument<string?>("PATH")
        {
            Description = $"The folder, {RemotePath} (default: the home folder)",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var json = new Option<bool>("--json") { Description = "Print the server's answer as JSON" };
        var command = new Command("ls", "List a folder of the sandbox.") { session, path, json };
        var choice = command.AddServerChoice();
        command.SetAction((parsed, cancellationToken) => ServerCommand.RunAsync(
            context, choice(parsed),
            async (client, token) =>
            {
                var list = await client.ListFilesAsync(parsed.GetRequiredValue(session), parsed.GetValue(path), token);
                if (parsed.GetValue(json))
                {
                    context.Output.Raw(JsonSerializer.Serialize(list.Json, ApiJson.Printed));
                }
                else
                {
                    Print(context.Output, list);
                }
            },
            cancellationToken));
        return command;
    }

    private static async Task PutAsync(
        CliContext context, ColloquyClient client, string session, string local, string? remote,
        CancellationToken cancellationToken)
    {
        await using var file = LocalFile.OpenRead(local);
        var name = Path.GetFileName(file.Name);
        var target = string.IsNullOrEmpty(remote) ? name : remote.EndsWith('/') ? remote + name : remote;
        await context.Errors.WithProgressAsync(name, file.Length, async progress =>
        {
            await using var counted = new CountedStream(file, progress);
            var stored = await client.Files.PutAsync(session, target, counted, cancellationToken);
            context.Output.Line($"{stored.Path}: {Bytes(stored.Size)}");
        });
    }

    private static async Task GetAsync(
        CliContext context, ColloquyClient client, FileGet get, CancellationToken cancellationToken)
    {
        await using var content = await client.Files.OpenAsync(get.Session, get.Remote, cancellationToken);
        if (get.Local == "-")
        {
            await using var output = context.OpenOutput();
            await ByteCopy.CopyAsync(content, output, client.Server, _ => { }, cancellationToken);
            return;
        }

        var target = get.Target;
        await LocalFile.WriteAsync(target, get.Force, file => context.Errors.WithProgressAsync(
            target, size: null, progress => ByteCopy.CopyAsync(content, file, client.Server, progress, cancellationToken)));
        context.Output.Line($"{target}: {Bytes(new FileInfo(target).Length)}");
    }

    private static void Print(Screen screen, FileListView list)
    {
        if (list.Data.Count == 0)
        {
            screen.Line($"{list.Path} is empty.");
            return;
        }

        var table = new FittingTable().Add("name").AddNumber("bytes", 1).Add("modified", 2);
        foreach (var file in list.Data)
        {
            table.AddRow(
                new Text(Printable.OneLine(NameOf(file), 200)),
                new Text(file.Type == "folder" ? "" : Number(file.Size)),
                new Text(TimeText.Moment(file.ModifiedAt)));
        }

        table.WriteTo(screen);
    }

    private static string NameOf(FileView file) =>
        file.Type == "folder" ? file.Name + "/" : file.LinkTarget is { } target ? $"{file.Name} -> {target}" : file.Name;

    private static string Bytes(long count) => $"{Number(count)} {(count == 1 ? "byte" : "bytes")}";

    private static string Number(long count) => count.ToString("#,0", CultureInfo.InvariantCulture);

    private sealed record FileGet(string Session, string Remote, string? Local, bool Force)
    {
        public string Target => string.IsNullOrEmpty(Local) ? Name : Directory.Exists(Local) ? Path.Combine(Local, Name) : Local;

        private string Name => Remote[(Remote.LastIndexOf('/') + 1)..];
    }
}
