SET LOCAL ROLE uvlm_owner;

-- When a pass over all documents had last entered what the generation lacks in generation_pending; null: never, so it may lack more than stands there.
ALTER TABLE uvlm.index_generation ADD COLUMN filled_at timestamptz;
CREATE UNIQUE INDEX index_generation_model ON uvlm.index_generation (fingerprint, dimension);

-- Documents whose newest content a generation has no vectors of: a program with its model has to make them. No foreign key: it would lock the generation's row for
-- every entry, and generations go only when no writer is at work.
CREATE TABLE uvlm.generation_pending (
    generation int NOT NULL,
    tenant     text COLLATE "C" NOT NULL,
    id         text COLLATE "C" NOT NULL,
    entry      bigint GENERATED ALWAYS AS IDENTITY, -- another one each time it is entered: what was seen before is taken out, what came since is not
    problem    text,                                -- why the model can't take this content
    PRIMARY KEY (generation, tenant, id)
);
ALTER TABLE uvlm.generation_pending ENABLE ROW LEVEL SECURITY;
ALTER TABLE uvlm.generation_pending FORCE ROW LEVEL SECURITY;
CREATE POLICY ingest ON uvlm.generation_pending TO uvlm_ingest USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON uvlm.generation_pending TO uvlm_ingest;
