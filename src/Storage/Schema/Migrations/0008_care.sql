SET LOCAL ROLE uvlm_owner;

-- One document's letters and events, for its erasure. Hashed: the id in a dead letter is whatever a sender wrote, and may be too long for a B-tree.
CREATE INDEX dead_letter_document ON uvlm.dead_letter USING hash (document_id);
CREATE INDEX outbox_document ON uvlm.outbox USING hash (document_id);
-- Tombstones by age.
CREATE INDEX document_tombstone ON uvlm.document (updated_at, tenant, id) WHERE deleted;

-- When each rule of retention was last applied, by whatever node: all of them ask here whether it is due.
CREATE TABLE uvlm.retention (
    rule    text PRIMARY KEY,
    ran_at  timestamptz,                 -- end of the last complete pass; null before the first
    removed bigint NOT NULL DEFAULT 0,   -- by that pass, or so far by the one under way
    total   bigint NOT NULL DEFAULT 0    -- ever
);
GRANT SELECT, INSERT, UPDATE ON uvlm.retention TO uvlm_ingest;
