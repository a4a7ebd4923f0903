using Colloquy.Grains.Costs;
using Colloquy.Grains.Sessions;
using Colloquy.Grains.Uploads;
using Xunit;

namespace Colloquy.Tests.Storage;

/// <summary>An empty store of the kind under test.</summary>
public interface IStoreUnderTest : IAsyncDisposable
{
    ISessionStore Sessions { get; }

    ICostLedger Ledger { get; }

    IUploadStore Uploads { get; }
}

/// <summary>What the contract tests share: every test has a store of its own.</summary>
public abstract class StoreContract : IAsyncLifetime
{
    protected IStoreUnderTest Store { get; private set; } = null!;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected abstract Task<IStoreUnderTest> OpenAsync();

    public async ValueTask InitializeAsync() => Store = await OpenAsync();

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Appends one change and expects it to be stored.</summary>
    protected async Task AppendAsync(params SessionAppend[] batch) =>
        Assert.All(await Store.Sessions.AppendAsync(batch, Token), outcome => Assert.Equal(AppendOutcome.Appended, outcome));

    protected async Task<AppendOutcome> OutcomeOfAsync(SessionAppend append) =>
        Assert.Single(await Store.Sessions.AppendAsync([append], Token));
}
