SET LOCAL ROLE uvlm_owner;

-- Who may use the HTTP interface. Of a key only what proves it is kept.
CREATE TABLE uvlm.api_key (
    id                  text COLLATE "C" PRIMARY KEY,  -- the public part of the key: finds its row
    digest              bytea NOT NULL,                -- SHA-256 of the secret part, which is 256 random bits
    name                text NOT NULL,                 -- what it is for, in the operator's words
    tenant              text COLLATE "C",              -- null: all of them
    scopes              text[] NOT NULL CHECK (cardinality(scopes) > 0),
    requests_per_minute int CHECK (requests_per_minute > 0),  -- a node; null: no limit
    tokens_per_minute   int CHECK (tokens_per_minute > 0),
    created_at          timestamptz NOT NULL DEFAULT now(),
    expires_at          timestamptz,                   -- null: never
    revoked_at          timestamptz,
    last_used_at        timestamptz                    -- to some minutes
);

-- Questions run as uvlm_app, which has no business here, whatever its tenant.
ALTER TABLE uvlm.api_key ENABLE ROW LEVEL SECURITY;
ALTER TABLE uvlm.api_key FORCE ROW LEVEL SECURITY;
CREATE POLICY ingest ON uvlm.api_key TO uvlm_ingest USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON uvlm.api_key TO uvlm_ingest;
