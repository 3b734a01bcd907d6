SET LOCAL ROLE uvlm_owner;

-- One row per log partition and group: the fence. Its update, last in a write transaction, decides whether the range counts.
CREATE TABLE uvlm.ingest_offset (
    group_id    text COLLATE "C" NOT NULL,
    log_id      text NOT NULL,           -- the incarnation of the log: offsets of another one mean nothing
    topic       text COLLATE "C" NOT NULL,
    partition   int NOT NULL,
    next_offset bigint,                  -- null until the first range was written
    owner       text NOT NULL,
    epoch       bigint NOT NULL,         -- raised by every taker
    backend_pid int,                     -- of the last write
    updated_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (group_id, topic, partition)
) WITH (fillfactor = 50);

CREATE TABLE uvlm.dead_letter (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant         text COLLATE "C",     -- null where the record could not even be read that far
    document_id    text,
    group_id       text NOT NULL,
    log_id         text NOT NULL,
    topic          text NOT NULL,
    partition      int NOT NULL,
    log_offset     bigint NOT NULL,
    stage          text NOT NULL,
    reason         text NOT NULL,
    field          text,
    error_chain    text NOT NULL,
    key            bytea NOT NULL,
    payload        bytea NOT NULL,
    header_names   text[] NOT NULL,
    header_values  bytea[] NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX dead_letter_tenant ON uvlm.dead_letter (tenant, id);

-- Events to publish, written in the transaction that changed the documents.
CREATE TABLE uvlm.outbox (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    type         text NOT NULL,
    tenant       text COLLATE "C",
    document_id  text,
    sequence     bigint,                 -- document.sequence after the change: a consumer drops what is not newer than what it has
    data         jsonb NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    published_at timestamptz
);
CREATE INDEX outbox_unpublished ON uvlm.outbox (id) WHERE published_at IS NULL;

CREATE TABLE uvlm.local_version (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    next      bigint NOT NULL
);
INSERT INTO uvlm.local_version (next) VALUES (1);

CREATE TABLE uvlm.index_generation (
    id              int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fingerprint     text NOT NULL,
    dimension       int NOT NULL CHECK (dimension BETWEEN 1 AND 4000),
    state           text NOT NULL CHECK (state IN ('live', 'filling', 'retired')),
    hnsw_m          int NOT NULL,
    ef_construction int NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    switched_at     timestamptz
);
CREATE UNIQUE INDEX index_generation_live ON uvlm.index_generation (state) WHERE state = 'live';
