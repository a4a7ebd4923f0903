using Colloquy.Client;
using Colloquy.Web.Agents;
using Colloquy.Web.Costs;
using Colloquy.Web.Environments;
using Colloquy.Web.Errors;
using Colloquy.Web.Health;
using Colloquy.Web.Requests;
using Colloquy.Web.Sandboxes;
using Colloquy.Web.Sessions;
using Colloquy.Web.Uploads;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Colloquy.Web;

/// <summary>Puts the HTTP API into a web application.</summary>
public static class ColloquyWebHosting
{
    /// <summary>
    /// Registers what the API needs but for <see cref="ISessionFiles"/>, which the host must provide. Health checks that
    /// are registered elsewhere decide about readiness.
    /// </summary>
    public static IServiceCollection AddColloquyWeb(
        this IServiceCollection services, Action<ColloquyWebOptions>? configure = null)
    {
        services.AddColloquyClient();
        services.AddOptions<ColloquyWebOptions>().Configure(configure ?? (_ => { }));
        services.ConfigureHttpJsonOptions(options => ApiJson.Configure(options.SerializerOptions));
        services.AddHealthChecks();
        services.AddOpenApi("v1", options => options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "Colloquy";
            document.Info.Description = "Conversations with AI agents as durable sessions, in the Managed Agents shape.";
            document.Servers = [];
            return Task.CompletedTask;
        }));
        return services;
    }

    /// <summary>Maps every route, and the errors of the routes under <c>/v1</c>.</summary>
    public static WebApplication MapColloquyApi(this WebApplication app)
    {
        app.UseMiddleware<ErrorMiddleware>();
        app.Use(SameOrigin.CheckAsync);
        app.MapAgents();
        app.MapEnvironments();
        app.MapSessions();
        app.MapEvents();
        app.MapFiles();
        app.MapSandboxes();
        app.MapCosts();
        app.MapUploads();
        app.MapHealth();
        app.MapOpenApi("/openapi/{documentName}.json");
        return app;
    }
}
