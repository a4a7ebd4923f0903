namespace Colloquy.SandboxHost.Templates;

/// <summary>A template cannot be used; the message says why and what to do.</summary>
internal sealed class TemplateException(string message, Exception? inner = null) : Exception(message, inner);
