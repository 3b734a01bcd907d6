SET LOCAL ROLE uvlm_owner;

-- What was pushed over HTTP, committed before it is acknowledged; read as one more log, its id being the offset.
CREATE TABLE uvlm.inbox (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant          text COLLATE "C" NOT NULL,
    idempotency_key text,
    content_type    text NOT NULL,
    payload         bytea NOT NULL,
    payload_sha256  bytea NOT NULL,
    received_at     timestamptz NOT NULL DEFAULT now(),
    status          text NOT NULL DEFAULT 'received' CHECK (status IN ('received', 'done', 'dead'))
);
ALTER TABLE uvlm.inbox ALTER COLUMN payload SET STORAGE EXTERNAL;
CREATE UNIQUE INDEX inbox_idempotency ON uvlm.inbox (tenant, idempotency_key) WHERE idempotency_key IS NOT NULL;

-- Ids are drawn before the commit, so a reader could see 7 before 6 and then never look for 6 again. Appenders hold this lock shared from
-- before they draw an id until they have committed; a reader that has held it exclusively for a moment knows that no lower id is still to come.
CREATE FUNCTION uvlm.inbox_append(p_tenant text, p_key text, p_content_type text, p_payload bytea, OUT id bigint, OUT duplicate boolean, OUT same boolean)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    digest bytea := sha256(p_payload);
BEGIN
    PERFORM pg_advisory_xact_lock_shared(4990180, 1);
    LOOP
        INSERT INTO uvlm.inbox AS i (tenant, idempotency_key, content_type, payload, payload_sha256)
        VALUES (p_tenant, p_key, p_content_type, p_payload, digest)
        ON CONFLICT (tenant, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING
        RETURNING i.id, false, true INTO id, duplicate, same;
        EXIT WHEN id IS NOT NULL;
        SELECT i.id, true, i.payload_sha256 = digest INTO id, duplicate, same
        FROM uvlm.inbox i WHERE i.tenant = p_tenant AND i.idempotency_key = p_key;
        EXIT WHEN id IS NOT NULL; -- else it was deleted in between
    END LOOP;
END $$;
