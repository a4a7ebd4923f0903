using Colloquy.Errors;

namespace Colloquy.Web.Errors;

/// <summary>A sandbox does not have the file or folder.</summary>
internal sealed class FileNotThereException(string message) : ColloquyException("file_not_found", message);
