using Colloquy.Grains.Costs;
using Colloquy.Silo.Storage;
using Colloquy.Web.ModelGateway;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace Colloquy.Silo.Hosting;

/// <summary>Turns what stopped a start into words for the person who typed the command.</summary>
internal static class StartFailure
{
    public static Exception Explain(Exception exception, string urls) => exception switch
    {
        ServerStartException or OperationCanceledException => exception,
        StoreUnavailableException or ModelGatewayException => new ServerStartException(exception.Message, exception),
        PriceBookException => new ServerStartException(
            $"The price book cannot be used: {exception.Message} Correct it, or leave out Costs:PriceBook to use the " +
            "built-in prices.", exception),
        OptionsValidationException invalid => new ServerStartException(
            $"The configuration is wrong: {string.Join(" ", invalid.Failures)}", exception),
        IOException { InnerException: AddressInUseException } => ListenAddress.Taken(urls, exception),
        _ => new ServerStartException($"The server could not start: {exception.Message}", exception),
    };
}
