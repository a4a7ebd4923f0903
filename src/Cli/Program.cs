using Colloquy.Cli;
using Colloquy.Cli.Commands;
using Colloquy.Cli.Hosting;

using var interrupts = Interrupts.FromSystem();
return await CommandLine.RunAsync(args, CliContext.FromSystem(interrupts, new EmbeddedServers()));
