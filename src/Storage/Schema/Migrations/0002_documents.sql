SET LOCAL ROLE uvlm_owner;

-- Keys compare as bytes (COLLATE "C"): the same order on every server, which the writers' lock order relies on.

CREATE TABLE uvlm.collection (
    tenant       text COLLATE "C" NOT NULL,
    name         text COLLATE "C" NOT NULL,
    version_rule text NOT NULL,          -- of its first document; versions of different rules can't be compared
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, name)
);

CREATE TABLE uvlm.document (
    tenant           text COLLATE "C" NOT NULL,
    id               text COLLATE "C" NOT NULL,
    collection       text COLLATE "C",   -- null in the tombstone of a document that never was
    title            text,
    language         text,               -- BCP 47, as sent
    text_config      text,               -- text search configuration; text because a regconfig column blocks pg_upgrade
    time             timestamptz,
    metadata         jsonb,
    body             jsonb,              -- parts in reading order, pictures by SHA-256; null in a tombstone
    version          bigint NOT NULL,
    version_rule     text NOT NULL,
    content_hash     bytea NOT NULL,     -- SHA-256 of everything that is stored; empty in a tombstone
    deleted          boolean NOT NULL,
    sequence         bigint NOT NULL,    -- counts the changes of this document; orders its events
    part_count       int NOT NULL,       -- embedded parts
    source_log       text NOT NULL,
    source_topic     text NOT NULL,
    source_partition int NOT NULL,
    source_offset    bigint NOT NULL,
    updated_at       timestamptz NOT NULL DEFAULT now(),
    tsv              tsvector,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX document_collection ON uvlm.document (tenant, collection, id) WHERE NOT deleted;
CREATE INDEX document_tsv ON uvlm.document USING gin (tsv);

CREATE TABLE uvlm.blob (
    tenant     text COLLATE "C" NOT NULL,
    sha256     bytea NOT NULL,
    media_type text NOT NULL,
    bytes      bytea NOT NULL,
    stored_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, sha256)
);
-- Pictures are compressed already; out of line, so that scanning the table does not read them.
ALTER TABLE uvlm.blob ALTER COLUMN bytes SET STORAGE EXTERNAL;

CREATE TABLE uvlm.document_blob (
    tenant  text COLLATE "C" NOT NULL,
    id      text COLLATE "C" NOT NULL,
    sha256  bytea NOT NULL,
    PRIMARY KEY (tenant, id, sha256)
);
CREATE INDEX document_blob_sha256 ON uvlm.document_blob (tenant, sha256);

-- Which configurations a tenant's documents were indexed with: a query has to be parsed by the same ones.
CREATE TABLE uvlm.tenant_text_config (
    tenant      text COLLATE "C" NOT NULL,
    text_config text NOT NULL,
    PRIMARY KEY (tenant, text_config)
);

-- The words of a document. A tsvector holds at most 1 MB: of a longer text only as much of its beginning as fits is found by words.
CREATE FUNCTION uvlm.to_search_vector(config regconfig, title text, body text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    taken int := length(body);
BEGIN
    LOOP
        BEGIN
            RETURN setweight(to_tsvector(config, left(coalesce(title, ''), 2000)), 'A') || to_tsvector(config, left(body, taken));
        EXCEPTION WHEN program_limit_exceeded THEN
            taken := taken / 2;
        END;
    END LOOP;
END $$;
