SET LOCAL ROLE uvlm_owner;

-- What became of a pushed record, written in the transaction that moves the position past it, for the sender who asks later.
ALTER TABLE uvlm.inbox
    ADD COLUMN IF NOT EXISTS document_id    text,
    ADD COLUMN IF NOT EXISTS outcome        text CHECK (outcome IN ('indexed', 'unchanged', 'stale', 'deleted')),
    ADD COLUMN IF NOT EXISTS version        bigint,      -- stored afterwards
    ADD COLUMN IF NOT EXISTS dead_letter_id bigint,
    ADD COLUMN IF NOT EXISTS dead_reason    text,
    ADD COLUMN IF NOT EXISTS dead_field     text,
    ADD COLUMN IF NOT EXISTS dead_detail    text,
    ADD COLUMN IF NOT EXISTS finished_at    timestamptz,
    ADD COLUMN IF NOT EXISTS batch_ids      bigint[];    -- in the first record of a batch with a key: all of its ids

-- Records that were passed before outcomes were noted. As the writer: row-level security shows the owner nothing.
SET LOCAL ROLE uvlm_ingest;
UPDATE uvlm.inbox i
SET status = 'dead', dead_letter_id = d.id, dead_reason = d.reason, dead_field = d.field, dead_detail = d.error_chain, document_id = d.document_id, finished_at = d.created_at
FROM uvlm.dead_letter d
WHERE i.status = 'received' AND d.log_id = 'inbox' AND d.topic = 'inbox' AND d.log_offset = i.id;
UPDATE uvlm.inbox i SET status = 'done', finished_at = now()
WHERE i.status = 'received' AND i.id < (SELECT min(o.next_offset) FROM uvlm.ingest_offset o WHERE o.log_id = 'inbox' AND o.topic = 'inbox');
SET LOCAL ROLE uvlm_owner;

-- Draws ids by itself, below; an insert alone would need no right to the sequence.
GRANT USAGE ON SEQUENCE uvlm.inbox_id_seq TO uvlm_ingest;

-- Several records at once, all or none, in the order given. A key belongs to the whole: it stands at the first record, whose digest is that of
-- everything that was sent under it. The advisory lock is that of the other inbox_append.
CREATE FUNCTION uvlm.inbox_append(
    p_tenants text[], p_document_ids text[], p_content_types text[], p_payloads bytea[], p_key text, p_digest bytea,
    OUT ids bigint[], OUT duplicate boolean, OUT same boolean)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    drawn bigint[];
BEGIN
    PERFORM pg_advisory_xact_lock_shared(4990180, 1);
    SELECT array_agg(d.id ORDER BY d.id) INTO drawn FROM (SELECT nextval('uvlm.inbox_id_seq') AS id FROM generate_series(1, cardinality(p_payloads))) d;
    LOOP
        INSERT INTO uvlm.inbox (id, tenant, document_id, idempotency_key, content_type, payload, payload_sha256, batch_ids)
        OVERRIDING SYSTEM VALUE
        VALUES (drawn[1], p_tenants[1], p_document_ids[1], p_key, p_content_types[1], p_payloads[1], p_digest,
            CASE WHEN p_key IS NOT NULL AND cardinality(drawn) > 1 THEN drawn END)
        ON CONFLICT (tenant, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING;
        IF FOUND THEN
            INSERT INTO uvlm.inbox (id, tenant, document_id, content_type, payload, payload_sha256)
            OVERRIDING SYSTEM VALUE
            SELECT k.id, k.tenant, k.document_id, k.content_type, k.payload, sha256(k.payload)
            FROM unnest(drawn, p_tenants, p_document_ids, p_content_types, p_payloads) WITH ORDINALITY
                AS k (id, tenant, document_id, content_type, payload, place)
            WHERE k.place > 1;
            ids := drawn; duplicate := false; same := true;
            RETURN;
        END IF;
        SELECT coalesce(i.batch_ids, ARRAY[i.id]), true, i.payload_sha256 = p_digest INTO ids, duplicate, same
        FROM uvlm.inbox i WHERE i.tenant = p_tenants[1] AND i.idempotency_key = p_key;
        EXIT WHEN ids IS NOT NULL; -- else it was deleted in between
    END LOOP;
END $$;
