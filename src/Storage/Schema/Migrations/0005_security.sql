SET LOCAL ROLE uvlm_owner;

-- Row-level security is the backstop; every statement names its tenant itself. FORCE: the owner is no exception.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['collection', 'document', 'blob', 'document_blob', 'tenant_text_config', 'dead_letter', 'inbox', 'outbox'] LOOP
        EXECUTE format('ALTER TABLE uvlm.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE uvlm.%I FORCE ROW LEVEL SECURITY', name);
        -- A range holds many tenants' documents, so the writer may touch all of them.
        EXECUTE format('CREATE POLICY ingest ON uvlm.%I TO uvlm_ingest USING (true) WITH CHECK (true)', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON uvlm.%I TO uvlm_ingest', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['collection', 'document', 'blob', 'document_blob', 'tenant_text_config', 'dead_letter', 'inbox'] LOOP
        -- Unset: null, and no row is seen.
        EXECUTE format('CREATE POLICY tenant ON uvlm.%I TO uvlm_app USING (tenant = current_setting(''app.tenant'', true)) '
            'WITH CHECK (tenant = current_setting(''app.tenant'', true))', name);
        EXECUTE format('GRANT SELECT ON uvlm.%I TO uvlm_app', name);
    END LOOP;
END $$;

GRANT INSERT ON uvlm.inbox TO uvlm_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON uvlm.ingest_offset, uvlm.local_version TO uvlm_ingest;
GRANT SELECT, UPDATE ON uvlm.index_generation TO uvlm_ingest; -- UPDATE: SELECT ... FOR SHARE asks for it
GRANT SELECT ON uvlm.index_generation TO uvlm_app;

-- Full text. The operator @@ is not leakproof: under a row-level policy PostgreSQL may not run it before the policy, so the GIN index would go
-- unused. This function runs as a role whose policy is the constant true and checks the tenant itself, twice: the argument, and that the
-- transaction was opened for that tenant.
CREATE POLICY fulltext ON uvlm.document FOR SELECT TO uvlm_fulltext USING (true);
CREATE POLICY fulltext ON uvlm.tenant_text_config FOR SELECT TO uvlm_fulltext USING (true);
GRANT SELECT (tenant, id, collection, deleted, tsv) ON uvlm.document TO uvlm_fulltext;
GRANT SELECT ON uvlm.tenant_text_config TO uvlm_fulltext;

CREATE FUNCTION uvlm.search_text(p_tenant text, p_collection text, p_query text, p_limit int)
RETURNS TABLE (id text, all_words boolean, score real)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    words tsquery := websearch_to_tsquery('simple', p_query);
    parsed tsquery;
    config text;
    any_word tsquery;
    hits int;
BEGIN
    IF p_tenant IS NULL OR p_tenant IS DISTINCT FROM current_setting('app.tenant', true) THEN
        RAISE EXCEPTION 'full text was asked for a tenant that the transaction was not opened for' USING ERRCODE = 'insufficient_privilege';
    END IF;
    FOR config IN SELECT c.text_config FROM uvlm.tenant_text_config c WHERE c.tenant = p_tenant AND c.text_config <> 'simple' LOOP
        parsed := websearch_to_tsquery(config::regconfig, p_query);
        IF numnode(parsed) > 0 THEN
            words := words || parsed;
        END IF;
    END LOOP;
    IF numnode(words) = 0 THEN
        RETURN;
    END IF;

    RETURN QUERY
        SELECT d.id, true, ts_rank_cd(d.tsv, words, 1) AS rank
        FROM uvlm.document d
        WHERE d.tenant = p_tenant AND d.tsv @@ words AND NOT d.deleted AND (p_collection IS NULL OR d.collection = p_collection)
        ORDER BY rank DESC, d.id
        LIMIT p_limit;
    GET DIAGNOSTICS hits = ROW_COUNT;

    -- Few documents hold every word of a whole question: fill up with those that hold some. Not when words are excluded: 'a or not b' is everything.
    IF hits < p_limit AND position('!' in words::text) = 0 THEN
        any_word := replace(words::text, ' & ', ' | ')::tsquery;
        RETURN QUERY
            SELECT few.id, false, ts_rank_cd(few.tsv, any_word, 1) AS rank
            FROM (
                -- The limit bounds what ranking may cost when a word is everywhere.
                SELECT d.id, d.tsv
                FROM uvlm.document d
                WHERE d.tenant = p_tenant AND d.tsv @@ any_word AND NOT d.tsv @@ words AND NOT d.deleted
                    AND (p_collection IS NULL OR d.collection = p_collection)
                LIMIT 5000) few
            ORDER BY rank DESC, few.id
            LIMIT p_limit - hits;
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION uvlm.search_text(text, text, text, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION uvlm.search_text(text, text, text, int) TO uvlm_app;
-- To own it the role needs CREATE for a moment.
GRANT CREATE ON SCHEMA uvlm TO uvlm_fulltext;
RESET ROLE;
ALTER FUNCTION uvlm.search_text(text, text, text, int) OWNER TO uvlm_fulltext;
SET LOCAL ROLE uvlm_owner;
REVOKE CREATE ON SCHEMA uvlm FROM uvlm_fulltext;
