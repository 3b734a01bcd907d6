SET LOCAL ROLE uvlm_owner;

-- As search_text, but what it costs does not grow with the documents that have a common word of the question, and documents with rare words are not lost among them:
-- it ranks p_limit documents three times over at most, of those with all words, and again of those with some: the ones with the rarest. How rare a word is, is what
-- ANALYZE knows of it. Those with some are ranked by ts_rank, which counts how many; ts_rank_cd, made for words that stand close together, takes five times as long
-- and finds less. VOLATILE, because EXPLAIN is allowed nowhere else.
CREATE FUNCTION uvlm.search_words(
    p_tenant text, p_collection text, p_query text, p_single text, p_written text, p_path jsonpath, p_values jsonb, p_fields boolean, p_limit int)
RETURNS TABLE (id text, all_words boolean, score real)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan -- the plan is the words'
AS $$
DECLARE
    ranked CONSTANT int := 3 * p_limit;
    -- Documents met in search of them, by estimate: where the tenant or a filter takes few of those with a word, the other words are looked for at once.
    most_met CONSTANT int := 100 * p_limit;
    -- Each costs a look at the statistics; of a longer question the longest words, which are mostly the rarer ones. The others are looked for at once, too.
    most_words CONSTANT int := 48;
    -- As tsquery prints them: words, and words that follow each other.
    word_pattern CONSTANT text := $re$('(?:[^']|'')*'(?::[*A-D]+)?(?: <[-0-9]+> '(?:[^']|'')*'(?::[*A-D]+)?)*)$re$;
    -- The question as each configuration reads it. Asked for one after another: the index is far slower with a choice of several.
    readings tsquery[] := ARRAY[websearch_to_tsquery('simple', p_query)];
    written tsquery[] := ARRAY[websearch_to_tsquery('simple', coalesce(p_written, ''))];
    reading tsquery;
    words tsquery;
    config regconfig;
    any_word tsquery;
    hits int;
    word text;
    estimate json;
    texts text[] := '{}';
    sizes float8[] := '{}';
    size float8;
    met float8 := 0;
    rest text;
    -- What is ranked; a document with several rare words may stand there several times. With all words; then with some.
    chosen text[] := '{}';
    complete text[];
BEGIN
    IF p_tenant IS NULL OR p_tenant IS DISTINCT FROM current_setting('app.tenant', true) THEN
        RAISE EXCEPTION 'full text was asked for a tenant that the transaction was not opened for' USING ERRCODE = 'insufficient_privilege';
    END IF;
    FOR config IN SELECT c.text_config::regconfig FROM uvlm.tenant_text_config c WHERE c.tenant = p_tenant AND c.text_config <> 'simple' LOOP
        readings := readings || websearch_to_tsquery(config, p_query);
        written := written || websearch_to_tsquery(config, coalesce(p_written, ''));
    END LOOP;
    IF p_single IS NOT NULL THEN
        readings := ARRAY(SELECT CASE WHEN numnode(r) = 0 THEN p_single::tsquery ELSE r && p_single::tsquery END FROM unnest(readings) r);
    END IF;
    -- What is excluded as it is written would not be excluded where it is indexed as bigrams.
    IF position('!' in written::text) = 0 THEN
        readings := readings || written;
    END IF;
    FOR reading IN SELECT DISTINCT r FROM unnest(readings) r WHERE numnode(r) > 0 LOOP
        words := coalesce(words || reading, reading);
        chosen := chosen || ARRAY(
            SELECT d.id
            FROM uvlm.document d
            WHERE d.tenant = p_tenant AND d.tsv @@ reading AND NOT d.deleted AND (p_collection IS NULL OR d.collection = p_collection)
                AND (p_path IS NULL OR uvlm.passes(p_path, p_values, p_fields, d.metadata, d.id, d.collection, d.title, d.language, d.time, d.updated_at))
            LIMIT ranked);
    END LOOP;
    IF words IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY
        SELECT d.id, true, ts_rank_cd(d.tsv, words, 1) AS rank
        FROM uvlm.document d
        WHERE d.tenant = p_tenant AND d.id = ANY (chosen) AND NOT d.deleted
        ORDER BY rank DESC, d.id
        LIMIT p_limit;
    GET DIAGNOSTICS hits = ROW_COUNT;

    -- Few documents hold every word of a whole question: fill up with those that hold some. Not when words are excluded: 'a or not b' is everything.
    IF hits >= p_limit OR position('!' in words::text) > 0 THEN
        RETURN;
    END IF;
    any_word := replace(words::text, ' & ', ' | ')::tsquery;
    complete := chosen;
    chosen := '{}';
    FOR word IN
        SELECT w.word FROM (SELECT DISTINCT m[1] AS word FROM regexp_matches(words::text, word_pattern, 'g') m) w ORDER BY length(w.word) DESC, w.word
    LOOP
        IF cardinality(texts) >= most_words THEN
            rest := concat_ws(' | ', rest, word);
            CONTINUE;
        END IF;
        EXECUTE format('EXPLAIN (FORMAT JSON) SELECT FROM uvlm.document d WHERE d.tsv @@ %L::tsquery', word) INTO estimate;
        texts := texts || word;
        sizes := sizes || (estimate->0->'Plan'->>'Plan Rows')::float8;
    END LOOP;
    FOR word, size IN SELECT w.word, w.size FROM unnest(texts, sizes) AS w (word, size) ORDER BY w.size, length(w.word) DESC, w.word LOOP
        EXIT WHEN cardinality(chosen) >= ranked;
        IF met > most_met THEN
            rest := concat_ws(' | ', rest, word);
            CONTINUE;
        END IF;
        met := met + size;
        chosen := chosen || ARRAY(
            SELECT d.id
            FROM uvlm.document d
            WHERE d.tenant = p_tenant AND d.tsv @@ word::tsquery AND NOT d.deleted AND (p_collection IS NULL OR d.collection = p_collection)
                AND (p_path IS NULL OR uvlm.passes(p_path, p_values, p_fields, d.metadata, d.id, d.collection, d.title, d.language, d.time, d.updated_at))
            LIMIT ranked - cardinality(chosen));
    END LOOP;
    IF rest IS NOT NULL AND cardinality(chosen) < ranked THEN
        chosen := chosen || ARRAY(
            SELECT d.id
            FROM uvlm.document d
            WHERE d.tenant = p_tenant AND d.tsv @@ rest::tsquery AND NOT d.deleted AND (p_collection IS NULL OR d.collection = p_collection)
                AND (p_path IS NULL OR uvlm.passes(p_path, p_values, p_fields, d.metadata, d.id, d.collection, d.title, d.language, d.time, d.updated_at))
            LIMIT ranked - cardinality(chosen));
    END IF;
    RETURN QUERY
        SELECT d.id, false, ts_rank(d.tsv, any_word) AS rank
        FROM uvlm.document d
        WHERE d.tenant = p_tenant AND d.id = ANY (chosen) AND d.id <> ALL (complete) AND NOT d.deleted
        ORDER BY rank DESC, d.id
        LIMIT p_limit - hits;
END $$;

REVOKE EXECUTE ON FUNCTION uvlm.search_words(text, text, text, text, text, jsonpath, jsonb, boolean, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION uvlm.search_words(text, text, text, text, text, jsonpath, jsonb, boolean, int) TO uvlm_app;
-- To own it the role needs CREATE for a moment.
GRANT CREATE ON SCHEMA uvlm TO uvlm_fulltext;
RESET ROLE;
ALTER FUNCTION uvlm.search_words(text, text, text, text, text, jsonpath, jsonb, boolean, int) OWNER TO uvlm_fulltext;
SET LOCAL ROLE uvlm_owner;
REVOKE CREATE ON SCHEMA uvlm FROM uvlm_fulltext;
