namespace Colloquy.Silo.Storage.Sqlite;

/// <summary>
/// The steps that lead to the tables of grain states. As with <see cref="SqliteSchema"/>, a step that has been
/// released is never edited; a change, also of a query's text, is a further step.
/// </summary>
internal static class DefinitionSchema
{
    public static readonly IReadOnlyList<string> Steps = [Step1];

    // Orleans finds its SQL in OrleansQuery; the names of keys, parameters and result columns are its contract, the
    // rest is ours. A key that is a string comes in GrainIdExtensionString; name is that of the state. The hashes that
    // Orleans offers for an index are not needed: the primary key is the identity itself, which is also what lets only
    // one of several first writers win.
    // The write is one statement, so it is atomic without a transaction that a failure could leave open: without a
    // version it inserts if there is no row, with one it updates if that is the row's. No row returned is a conflict.
    private const string Step1 = """
        CREATE TABLE grain_states (
          service     TEXT    NOT NULL,
          name        TEXT    NOT NULL,
          n0          INTEGER NOT NULL,
          n1          INTEGER NOT NULL,
          key         TEXT    NOT NULL,
          version     INTEGER NOT NULL,
          payload     BLOB,
          modified_at INTEGER NOT NULL,
          PRIMARY KEY (service, name, n0, n1, key)
        ) STRICT;

        CREATE TABLE OrleansQuery (
          QueryKey  TEXT NOT NULL PRIMARY KEY,
          QueryText TEXT NOT NULL
        ) STRICT;

        INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES
        ('WriteToStorageKey', '
          INSERT INTO grain_states (service, name, n0, n1, key, version, payload, modified_at)
          SELECT @ServiceId, @GrainTypeString, @GrainIdN0, @GrainIdN1, COALESCE(@GrainIdExtensionString, ''''), 1,
            @PayloadBinary, unixepoch()
          WHERE @GrainStateVersion IS NULL OR EXISTS (
            SELECT 1 FROM grain_states
            WHERE service = @ServiceId AND name = @GrainTypeString AND n0 = @GrainIdN0 AND n1 = @GrainIdN1
              AND key = COALESCE(@GrainIdExtensionString, ''''))
          ON CONFLICT DO UPDATE
            SET version = version + 1, payload = excluded.payload, modified_at = excluded.modified_at
            WHERE version = @GrainStateVersion
          RETURNING version AS NewGrainStateVersion'),
        ('ReadFromStorageKey', '
          SELECT payload AS PayloadBinary, version AS Version FROM grain_states
          WHERE service = @ServiceId AND name = @GrainTypeString AND n0 = @GrainIdN0 AND n1 = @GrainIdN1
            AND key = COALESCE(@GrainIdExtensionString, '''')'),
        ('ClearStorageKey', '
          UPDATE grain_states SET version = version + 1, payload = NULL, modified_at = unixepoch()
          WHERE service = @ServiceId AND name = @GrainTypeString AND n0 = @GrainIdN0 AND n1 = @GrainIdN1
            AND key = COALESCE(@GrainIdExtensionString, '''') AND version = @GrainStateVersion
          RETURNING version'),
        ('DeleteStorageKey', '
          DELETE FROM grain_states
          WHERE service = @ServiceId AND name = @GrainTypeString AND n0 = @GrainIdN0 AND n1 = @GrainIdN1
            AND key = COALESCE(@GrainIdExtensionString, '''') AND version = @GrainStateVersion
          RETURNING version + 1');
        """;
}
