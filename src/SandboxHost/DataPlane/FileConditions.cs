using Microsoft.AspNetCore.Http.Headers;

namespace Colloquy.SandboxHost.DataPlane;

/// <summary>Requests that depend on when a file was last changed. There are no entity tags.</summary>
internal static class FileConditions
{
    /// <summary>Whether an answer must be about the file's own bytes.</summary>
    internal static bool AreAbout(RequestHeaders request) =>
        request.Range is not null || request.IfModifiedSince is not null || request.IfRange is not null
        || request.IfNoneMatch.Count > 0;

    /// <returns>304 or 412, or null if the file is to be sent.</returns>
    internal static int? StatusOf(RequestHeaders request, DateTimeOffset modified)
    {
        if (request.IfMatch.Count > 0 ? !request.IfMatch.Any(tag => tag.Tag == "*") : modified > request.IfUnmodifiedSince)
            return StatusCodes.Status412PreconditionFailed;
        if (request.IfNoneMatch.Count > 0 ? request.IfNoneMatch.Any(tag => tag.Tag == "*") : modified <= request.IfModifiedSince)
            return StatusCodes.Status304NotModified;
        return null;
    }

    /// <summary>Whether a part may be sent to somebody who has the rest.</summary>
    internal static bool AllowPart(RequestHeaders request, DateTimeOffset modified) =>
        request.IfRange is null || request.IfRange.LastModified == modified;
}
