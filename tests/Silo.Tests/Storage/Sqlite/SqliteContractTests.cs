namespace Colloquy.Tests.Storage.Sqlite;

public sealed class SqliteSessionStoreTests : SessionStoreContract
{
    protected override Task<IStoreUnderTest> OpenAsync() => SqliteStoreUnderTest.OpenNewAsync();
}

public sealed class SqliteCostLedgerTests : CostLedgerContract
{
    protected override Task<IStoreUnderTest> OpenAsync() => SqliteStoreUnderTest.OpenNewAsync();
}

public sealed class SqliteUploadStoreTests : UploadStoreContract
{
    protected override Task<IStoreUnderTest> OpenAsync() => SqliteStoreUnderTest.OpenNewAsync();
}
