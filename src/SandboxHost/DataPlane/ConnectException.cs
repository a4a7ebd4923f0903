namespace Colloquy.SandboxHost.DataPlane;

/// <summary>An RPC fails with a code of the Connect protocol.</summary>
internal sealed class ConnectException(string code, string message) : Exception(message)
{
    internal const string InvalidArgument = "invalid_argument";
    internal const string NotFound = "not_found";
    internal const string AlreadyExists = "already_exists";
    internal const string FailedPrecondition = "failed_precondition";
    internal const string PermissionDenied = "permission_denied";
    internal const string Unimplemented = "unimplemented";
    internal const string DeadlineExceeded = "deadline_exceeded";
    internal const string Unauthenticated = "unauthenticated";
    internal const string Unavailable = "unavailable";
    internal const string ResourceExhausted = "resource_exhausted";
    internal const string Internal = "internal";

    internal string Code { get; } = code;

    /// <summary>The status of a failed unary call; a stream answers 200 and fails in its trailer.</summary>
    internal int HttpStatus => Code switch
    {
        InvalidArgument or FailedPrecondition => 400,
        Unauthenticated => 401,
        PermissionDenied => 403,
        NotFound => 404,
        AlreadyExists => 409,
        ResourceExhausted => 429,
        Unimplemented => 501,
        Unavailable => 503,
        DeadlineExceeded => 504,
        _ => 500,
    };
}
