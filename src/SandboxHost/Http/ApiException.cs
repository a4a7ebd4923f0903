namespace Colloquy.SandboxHost.Http;

/// <summary>A request is answered with <c>{"code","message"}</c>, the code being the HTTP status.</summary>
internal sealed class ApiException(int status, string message) : Exception(message)
{
    internal int Status { get; } = status;
}
