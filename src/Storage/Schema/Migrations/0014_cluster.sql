SET LOCAL ROLE uvlm_owner;

-- The nodes that are, and for how long without another word of theirs. All times are the database's.
CREATE TABLE uvlm.member (
    name         text COLLATE "C" PRIMARY KEY,
    epoch        bigint NOT NULL,       -- raised by every process that takes the name: the one before it has lost it
    roles        text[] NOT NULL,
    http_address text,                  -- where others reach its HTTP interface
    rpc_address  text,                  -- where others reach its devices
    fingerprint  text,                  -- of the model it has; null: none
    dimension    int,
    version      text NOT NULL,         -- of the program
    state        text NOT NULL CHECK (state IN ('starting', 'ready', 'draining')),
    free_query_tokens  bigint NOT NULL DEFAULT 0,
    free_ingest_tokens bigint NOT NULL DEFAULT 0,
    free_generations   int NOT NULL DEFAULT 0,
    requests           int NOT NULL DEFAULT 0,  -- HTTP requests under way
    joined_at    timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL
) WITH (fillfactor = 50);

-- The right to do something alone. A row, no advisory lock: a holder that is stopped keeps its connection, and would keep such a lock without end.
CREATE TABLE uvlm.lease (
    name       text COLLATE "C" PRIMARY KEY,
    owner      text NOT NULL,
    epoch      bigint NOT NULL,         -- raised by every taker; what the lease protects is written only where it is still the writer's
    expires_at timestamptz NOT NULL
) WITH (fillfactor = 50);

GRANT SELECT, INSERT, UPDATE, DELETE ON uvlm.member, uvlm.lease TO uvlm_ingest;
