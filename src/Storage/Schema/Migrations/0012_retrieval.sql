SET LOCAL ROLE uvlm_owner;

-- What filters look for: values in the metadata, and times.
CREATE INDEX document_metadata ON uvlm.document USING gin (metadata jsonb_path_ops);
CREATE INDEX document_time ON uvlm.document (tenant, time) WHERE time IS NOT NULL;

-- How tsv was made: 0 by programs before this step, 1 with detected languages and bigrams. Those of 0 are found as they were, and made again in the background.
ALTER TABLE uvlm.document ADD COLUMN words_version int NOT NULL DEFAULT 0;
CREATE INDEX document_words_old ON uvlm.document (tenant, id) WHERE words_version = 0 AND NOT deleted;

GRANT SELECT (title, language, time, metadata, updated_at) ON uvlm.document TO uvlm_fulltext;

-- Whether a document passes a filter, which is a jsonpath predicate over its metadata; values are variables. The document's own fields are variables too, where
-- the filter speaks of them; times as microseconds since 1970. Simple enough for PostgreSQL to put it in the place of its call.
CREATE FUNCTION uvlm.passes(
    p_path jsonpath, p_values jsonb, p_fields boolean, metadata jsonb, id text, collection text, title text, language text, "time" timestamptz, stored timestamptz)
RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT coalesce(pg_catalog.jsonb_path_match(coalesce(metadata, '{}'), p_path,
        CASE WHEN p_fields THEN p_values || pg_catalog.jsonb_build_object('id', id, 'collection', collection, 'title', title, 'language', language,
            'time', (extract(epoch FROM "time") * 1000000)::bigint, 'stored', (extract(epoch FROM stored) * 1000000)::bigint) ELSE p_values END, true), false)
$$;

-- Ids of some documents that pass a filter. Containment (@>) is not leakproof: like full text it would not reach its index under a row-level policy, so this works
-- as the same role and checks the tenant itself. p_contains, p_from and p_to follow from the filter: whatever passes it has one of these values and such a time.
CREATE FUNCTION uvlm.filter_documents(
    p_tenant text, p_collection text, p_path jsonpath, p_values jsonb, p_fields boolean, p_contains jsonb[], p_from timestamptz, p_to timestamptz, p_limit int)
RETURNS TABLE (id text)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan -- the plan is the filter's
AS $$
BEGIN
    IF p_tenant IS NULL OR p_tenant IS DISTINCT FROM current_setting('app.tenant', true) THEN
        RAISE EXCEPTION 'a filter was asked for a tenant that the transaction was not opened for' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN QUERY
        SELECT d.id
        FROM uvlm.document d
        WHERE d.tenant = p_tenant AND NOT d.deleted AND (p_collection IS NULL OR d.collection = p_collection)
            AND (p_contains IS NULL OR d.metadata @> ANY (p_contains))
            AND (p_from IS NULL OR d.time >= p_from) AND (p_to IS NULL OR d.time <= p_to)
            AND uvlm.passes(p_path, p_values, p_fields, d.metadata, d.id, d.collection, d.title, d.language, d.time, d.updated_at)
        LIMIT p_limit;
END $$;

-- As before, with a filter, and with words that are no words of their own: p_query has bigrams in the place of Chinese, Japanese and Korean, p_single is a tsquery
-- of the single characters among them. p_written is the question as it was written, for documents that were indexed without bigrams; null where it is the same.
CREATE FUNCTION uvlm.search_text(
    p_tenant text, p_collection text, p_query text, p_single text, p_written text, p_path jsonpath, p_values jsonb, p_fields boolean, p_limit int)
RETURNS TABLE (id text, all_words boolean, score real)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    words tsquery := websearch_to_tsquery('simple', p_query);
    written tsquery := websearch_to_tsquery('simple', coalesce(p_written, ''));
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
        parsed := websearch_to_tsquery(config::regconfig, coalesce(p_written, ''));
        IF numnode(parsed) > 0 THEN
            written := written || parsed;
        END IF;
    END LOOP;
    IF p_single IS NOT NULL THEN
        words := CASE WHEN numnode(words) = 0 THEN p_single::tsquery ELSE words && p_single::tsquery END;
    END IF;
    -- What is excluded as it is written would not be excluded where it is indexed as bigrams.
    IF position('!' in written::text) = 0 THEN
        words := words || written;
    END IF;
    IF numnode(words) = 0 THEN
        RETURN;
    END IF;

    RETURN QUERY
        SELECT d.id, true, ts_rank_cd(d.tsv, words, 1) AS rank
        FROM uvlm.document d
        WHERE d.tenant = p_tenant AND d.tsv @@ words AND NOT d.deleted AND (p_collection IS NULL OR d.collection = p_collection)
            AND (p_path IS NULL OR uvlm.passes(p_path, p_values, p_fields, d.metadata, d.id, d.collection, d.title, d.language, d.time, d.updated_at))
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
                    AND (p_path IS NULL OR uvlm.passes(p_path, p_values, p_fields, d.metadata, d.id, d.collection, d.title, d.language, d.time, d.updated_at))
                LIMIT 5000) few
            ORDER BY rank DESC, few.id
            LIMIT p_limit - hits;
    END IF;
END $$;

REVOKE EXECUTE ON FUNCTION uvlm.filter_documents(text, text, jsonpath, jsonb, boolean, jsonb[], timestamptz, timestamptz, int) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION uvlm.search_text(text, text, text, text, text, jsonpath, jsonb, boolean, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION uvlm.filter_documents(text, text, jsonpath, jsonb, boolean, jsonb[], timestamptz, timestamptz, int) TO uvlm_app;
GRANT EXECUTE ON FUNCTION uvlm.search_text(text, text, text, text, text, jsonpath, jsonb, boolean, int) TO uvlm_app;
-- To own them the role needs CREATE for a moment.
GRANT CREATE ON SCHEMA uvlm TO uvlm_fulltext;
RESET ROLE;
ALTER FUNCTION uvlm.filter_documents(text, text, jsonpath, jsonb, boolean, jsonb[], timestamptz, timestamptz, int) OWNER TO uvlm_fulltext;
ALTER FUNCTION uvlm.search_text(text, text, text, text, text, jsonpath, jsonb, boolean, int) OWNER TO uvlm_fulltext;
SET LOCAL ROLE uvlm_owner;
REVOKE CREATE ON SCHEMA uvlm FROM uvlm_fulltext;
