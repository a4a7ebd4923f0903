using Colloquy.SandboxHost.Isolation;

namespace Colloquy.SandboxHost.DataPlane;

/// <summary>What went wrong with a file, in the codes of the Connect protocol.</summary>
internal static class FileFaults
{
    internal static ConnectException ToConnect(CageFileException failure) => new(
        failure.Fault switch
        {
            FileFault.Missing => ConnectException.NotFound,
            FileFault.Exists => ConnectException.AlreadyExists,
            FileFault.NotFolder or FileFault.Unfit => ConnectException.InvalidArgument,
            FileFault.Loop => ConnectException.FailedPrecondition,
            FileFault.Denied => ConnectException.PermissionDenied,
            FileFault.NoSpace or FileFault.TooMany => ConnectException.ResourceExhausted,
            _ => ConnectException.Internal,
        },
        failure.Message);
}
