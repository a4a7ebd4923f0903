using Colloquy.Grains.Sandboxes;
using Colloquy.Sandboxes;
using Colloquy.Sessions;

namespace Colloquy.Grains.Sessions;

/// <summary>The sandbox for others than turns: who reads and writes its files.</summary>
public sealed partial class SessionGrain
{
    public async Task<string?> OpenSandboxAsync(bool create)
    {
        if (Existing().EndedAt is not null)
        {
            throw new SessionEndedException(_id.Value);
        }

        try
        {
            var now = _time.GetUtcNow();
            var sandbox = create ? await _sandboxes.OpenAsync(now, _stopping) : await _sandboxes.ReopenAsync(now, _stopping);
            return sandbox?.Id;
        }
        catch (SandboxException exception)
        {
            throw new SandboxUnavailableException(
                $"The sandbox of session '{_id}' could not be opened: {exception.Message}");
        }
    }
}
