namespace Colloquy.SandboxHost.Templates;

/// <summary>A template cannot be used; the message says why and what to do.</summary>
public sealed class TemplateException : Exception
{
    internal TemplateException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
