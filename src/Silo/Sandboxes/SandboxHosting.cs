using Colloquy.Grains.Sandboxes;
using Colloquy.Silo.Sandboxes.E2B;
using Colloquy.Web;
using Colloquy.Web.Sandboxes;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Colloquy.Silo.Sandboxes;

public static class SandboxHosting
{
    /// <summary>Sandboxes through E2B's API: E2B's cloud or our own host, depending on the URLs.</summary>
    public static IServiceCollection AddE2BSandboxes(
        this IServiceCollection services, Action<SandboxOptions>? configure = null)
    {
        services.AddOptions<SandboxOptions>()
            .BindConfiguration(SandboxOptions.Section)
            .Configure(configure ?? (_ => { }))
            .ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SandboxOptions>, Validator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ISandboxProvider, E2BSandboxProvider>();
        return services;
    }

    /// <summary>The files of sessions, for the HTTP API.</summary>
    internal static void AddSessionFiles(this IServiceCollection services)
    {
        services.AddSingleton<ISessionFiles, SessionFiles>();
        services.AddOptions<ColloquyWebOptions>().Configure<IOptions<SandboxOptions>>(
            (web, sandboxes) => web.MaxFileBytes = sandboxes.Value.MaxFileMiB * 1024L * 1024);
    }

    private sealed class Validator : IValidateOptions<SandboxOptions>
    {
        public ValidateOptionsResult Validate(string? name, SandboxOptions options)
        {
            var problems = options.Problems().ToList();
            return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
        }
    }
}
