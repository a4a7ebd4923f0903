using Colloquy.Grains.Sandboxes;
using Colloquy.Sandboxes;
using Colloquy.Sessions;

namespace Colloquy.Grains.Sessions;

/// <summary>The sandbox for others than turns: who reads and writes its files.</summary>
public sealed partial class SessionGrain
{
    public async Task<SandboxAccess?> OpenSandboxAsync(bool create)
    {
        CheckNotEnded();
        try
        {
            var sandbox = await _sandboxes.AccessAsync(create, _stopping);
            CheckNotEnded();
            return sandbox is null ? null : new SandboxAccess(sandbox.Id, _sandboxes.IdleTimeout);
        }
        catch (SandboxException exception)
        {
            CheckNotEnded();
            throw new SandboxUnavailableException(
                $"The sandbox of session '{_id}' could not be opened: {exception.Message}");
        }
    }

    private void CheckNotEnded()
    {
        if (Existing().EndedAt is not null)
        {
            throw new SessionEndedException(_id.Value);
        }
    }
}
