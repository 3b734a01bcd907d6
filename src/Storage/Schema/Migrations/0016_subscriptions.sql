SET LOCAL ROLE uvlm_owner;

-- Saved queries. Every document that is indexed from now on is compared with those of its tenant.
CREATE TABLE uvlm.subscription (
    id          uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    tenant      text COLLATE "C" NOT NULL,
    collection  text COLLATE "C",           -- null: all of the tenant's
    filter      text,                       -- in its text form
    mode        text NOT NULL CHECK (mode IN ('documents', 'parts')),
    threshold   real NOT NULL,              -- least cosine
    alignment   real,                       -- least log K per step; null: any
    query       bytea NOT NULL,             -- a document's JSON, pictures in it
    fingerprint text,                       -- of the model that made the vectors
    vectors     bytea,                      -- packed as a document's
    failure     text,                       -- why that model can make none
    created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX subscription_tenant ON uvlm.subscription (tenant, created_at, id);

-- One row a tenant: how many it has, and a number that grows with every change of them. Whoever adds one holds the row, so that the limit is exact.
CREATE SEQUENCE uvlm.subscription_revision;
GRANT USAGE ON SEQUENCE uvlm.subscription_revision TO uvlm_app;
CREATE TABLE uvlm.subscription_set (
    tenant        text COLLATE "C" PRIMARY KEY,
    subscriptions int NOT NULL,
    revision      bigint NOT NULL           -- of the sequence: also a set that was erased and begun anew has a later one
);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['subscription', 'subscription_set'] LOOP
        EXECUTE format('ALTER TABLE uvlm.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE uvlm.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY ingest ON uvlm.%I TO uvlm_ingest USING (true) WITH CHECK (true)', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON uvlm.%I TO uvlm_ingest', name);
        EXECUTE format('CREATE POLICY tenant ON uvlm.%I TO uvlm_app USING (tenant = current_setting(''app.tenant'', true)) '
            'WITH CHECK (tenant = current_setting(''app.tenant'', true))', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON uvlm.%I TO uvlm_app', name);
    END LOOP;
END $$;

-- Whether an indexed document is still to be compared with subscriptions. What is there already is not; what any program writes from now on is.
ALTER TABLE uvlm.outbox ADD COLUMN match_pending boolean NOT NULL DEFAULT false;
ALTER TABLE uvlm.outbox ALTER COLUMN match_pending SET DEFAULT true;
CREATE INDEX outbox_unmatched ON uvlm.outbox (slot, id) WHERE match_pending AND type = 'document.indexed';
