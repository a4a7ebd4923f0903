namespace Colloquy.Silo.Storage.Sqlite;

internal static partial class SqliteSchema
{
    // session_events and cost_ledger keep their rowid: new rows of all sessions then share the last pages, and a group
    // commit writes few of them. The sessions listing is one covering index, so that a status change moves one entry.
    // No foreign key binds the ledger: money stays booked whatever happens to the session.
    private const string Step1 = """
        CREATE TABLE sessions (
          id          TEXT    NOT NULL PRIMARY KEY,
          revision    INTEGER NOT NULL,
          head        INTEGER NOT NULL,
          status      TEXT    NOT NULL,
          agent_id    TEXT    NOT NULL,
          unsettled   INTEGER NOT NULL,
          owner       TEXT    NOT NULL,
          created_at  INTEGER NOT NULL,
          updated_at  INTEGER NOT NULL,
          state       BLOB    NOT NULL
        ) STRICT;
        CREATE INDEX sessions_listing ON sessions (created_at, id, status, agent_id);
        CREATE INDEX sessions_unsettled ON sessions (owner) WHERE unsettled = 1;

        CREATE TABLE session_events (
          session     TEXT    NOT NULL REFERENCES sessions (id),
          sequence    INTEGER NOT NULL,
          id          TEXT    NOT NULL,
          type        TEXT    NOT NULL,
          turn        TEXT,
          created_at  INTEGER NOT NULL,
          data        BLOB    NOT NULL,
          PRIMARY KEY (session, sequence),
          UNIQUE (session, id)
        ) STRICT;
        CREATE INDEX session_events_turn_start ON session_events (session, turn, created_at)
          WHERE type = 'session.status_running';

        CREATE TABLE cost_ledger (
          position              INTEGER PRIMARY KEY AUTOINCREMENT,
          session               TEXT    NOT NULL,
          sequence              INTEGER NOT NULL,
          tenant                TEXT    NOT NULL,
          day                   TEXT    NOT NULL,
          at                    INTEGER NOT NULL,
          turn                  TEXT,
          model                 TEXT,
          input_tokens          INTEGER NOT NULL,
          output_tokens         INTEGER NOT NULL,
          cache_write_5m_tokens INTEGER NOT NULL,
          cache_write_1h_tokens INTEGER NOT NULL,
          cache_read_tokens     INTEGER NOT NULL,
          sandbox_seconds       REAL    NOT NULL,
          vcpus                 INTEGER NOT NULL,
          memory_mib            INTEGER NOT NULL,
          nano_usd              INTEGER,
          price_version         TEXT    NOT NULL,
          UNIQUE (session, sequence)
        ) STRICT;
        CREATE INDEX cost_ledger_day ON cost_ledger (tenant, day, position);

        CREATE TABLE uploads (
          session       TEXT    NOT NULL REFERENCES sessions (id),
          turn          TEXT    NOT NULL,
          destination   TEXT    NOT NULL,
          from_sequence INTEGER NOT NULL,
          to_sequence   INTEGER NOT NULL,
          status        TEXT    NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'acknowledged', 'dead')),
          attempts      INTEGER NOT NULL DEFAULT 0,
          next_at       INTEGER NOT NULL,
          reason        TEXT,
          created_at    INTEGER NOT NULL,
          settled_at    INTEGER,
          PRIMARY KEY (session, turn, destination)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX uploads_oldest ON uploads (created_at, next_at) WHERE status = 'pending';
        CREATE INDEX uploads_due ON uploads (next_at) WHERE status = 'pending';
        CREATE INDEX uploads_dead ON uploads (settled_at) WHERE status = 'dead';
        """;
}
