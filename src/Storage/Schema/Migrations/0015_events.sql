SET LOCAL ROLE uvlm_owner;

-- Which events are published one after another: all of a document are in one slot, and each shard of publishing takes its share of the 64 slots. The collation is
-- named because the two columns have different ones.
ALTER TABLE uvlm.outbox ADD COLUMN slot int NOT NULL
    GENERATED ALWAYS AS ((hashtextextended((coalesce(tenant, '') || '/' || coalesce(document_id, '')) COLLATE "C", 0) & 63)::int) STORED;

CREATE INDEX outbox_waiting ON uvlm.outbox (slot, id) WHERE published_at IS NULL;
-- Nothing reads all slots in one order, and the planner would take it for one slot among many.
DROP INDEX uvlm.outbox_unpublished;

-- What names this database's events and how their work is divided; the first node that works at them makes the row.
CREATE TABLE uvlm.event_stream (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    id        uuid NOT NULL DEFAULT gen_random_uuid(),
    shards    int NOT NULL CHECK (shards BETWEEN 1 AND 64)
);

GRANT SELECT, INSERT ON uvlm.event_stream TO uvlm_ingest;
