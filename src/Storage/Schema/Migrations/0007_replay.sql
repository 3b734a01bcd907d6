SET LOCAL ROLE uvlm_owner;

-- What a replay needs to give a record back as it was. Dead letters of programs before this step lack it.
ALTER TABLE uvlm.dead_letter
    ADD COLUMN version      bigint,                         -- that the source gave the record; counts for documents that name none
    ADD COLUMN version_rule text,
    ADD COLUMN collection   text,                           -- of documents that name none; null: the default one
    ADD COLUMN is_tombstone boolean NOT NULL DEFAULT false, -- the record had no value, which is not the same as an empty one
    ADD COLUMN is_whole     boolean NOT NULL DEFAULT true,  -- false: the payload is only the record's beginning
    ADD COLUMN replays      int NOT NULL DEFAULT 0;

-- Dead letters that are to be ingested again, read as one more log, its id being the offset. A row is here from the transaction that takes it out of
-- the dead letters to the one that writes its outcome. Everything but the id and queued_at is as it was there.
CREATE TABLE uvlm.replay (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant         text COLLATE "C",
    document_id    text,
    group_id       text NOT NULL,
    log_id         text NOT NULL,
    topic          text NOT NULL,
    partition      int NOT NULL,
    log_offset     bigint NOT NULL,
    version        bigint,
    version_rule   text,
    collection     text,
    is_tombstone   boolean NOT NULL,
    key            bytea NOT NULL,
    payload        bytea NOT NULL,
    header_names   text[] NOT NULL,
    header_values  bytea[] NOT NULL,
    replays        int NOT NULL,         -- this one included
    queued_at      timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE uvlm.replay ALTER COLUMN payload SET STORAGE EXTERNAL;

ALTER TABLE uvlm.replay ENABLE ROW LEVEL SECURITY;
ALTER TABLE uvlm.replay FORCE ROW LEVEL SECURITY;
CREATE POLICY ingest ON uvlm.replay TO uvlm_ingest USING (true) WITH CHECK (true);
CREATE POLICY tenant ON uvlm.replay TO uvlm_app USING (tenant = current_setting('app.tenant', true)) WITH CHECK (tenant = current_setting('app.tenant', true));
GRANT SELECT, INSERT, UPDATE, DELETE ON uvlm.replay TO uvlm_ingest;

-- A tenant may replay and drop its own dead letters.
GRANT DELETE ON uvlm.dead_letter TO uvlm_app;
GRANT SELECT, INSERT ON uvlm.replay TO uvlm_app;
