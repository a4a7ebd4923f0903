namespace Colloquy.SandboxHost.Isolation;

/// <summary>Why a call on a file of a sandbox fails.</summary>
internal enum FileFault
{
    Missing,
    Exists,

    NotFolder,

    /// <summary>It is not what the call needs in another way: no regular file, no possible path.</summary>
    Unfit,

    /// <summary>Its links lead around in circles.</summary>
    Loop,
    Denied,
    NoSpace,
    TooMany,
    Broken,
}

/// <summary>A file of a sandbox cannot be read, written or changed.</summary>
internal sealed class CageFileException(FileFault fault, string message) : Exception(message)
{
    internal FileFault Fault { get; } = fault;

    internal int HttpStatus => Fault switch
    {
        FileFault.Missing => 404,
        FileFault.NoSpace => 507,
        FileFault.Broken => 500,
        _ => 400,
    };
}
