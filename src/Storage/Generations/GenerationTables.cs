namespace UnifiedVlm.Storage.Generations;

/// <summary>
/// The tables of one generation. Their names carry its number, which no statement can take as a parameter; a number is all that is ever put in.
/// </summary>
internal static class GenerationTables
{
    public const string Placeholder = "{g}";

    /// <summary>Made and indexed while empty: every insert keeps the graphs complete.</summary>
    private const string CreateSql = """
        CREATE TABLE uvlm.part_vector_{g} (
            tenant     text COLLATE "C" NOT NULL,
            id         text COLLATE "C" NOT NULL,
            part       int NOT NULL,               -- index of the embedded part
            collection text COLLATE "C" NOT NULL,  -- here too, so that a filter is applied while the graph is walked
            embedding  halfvec({d}) NOT NULL,
            PRIMARY KEY (tenant, id, part)
        );
        CREATE INDEX ON uvlm.part_vector_{g} USING hnsw (embedding halfvec_ip_ops) WITH (m = {m}, ef_construction = {ef});

        CREATE TABLE uvlm.document_vector_{g} (
            tenant     text COLLATE "C" NOT NULL,
            id         text COLLATE "C" NOT NULL,
            collection text COLLATE "C" NOT NULL,
            embedding  halfvec({d}) NOT NULL,
            PRIMARY KEY (tenant, id)
        );
        CREATE INDEX ON uvlm.document_vector_{g} USING hnsw (embedding halfvec_ip_ops) WITH (m = {m}, ef_construction = {ef});

        -- One row a document, so that reranking fetches a candidate in one read: the vectors stay in the row as far as a page goes.
        CREATE TABLE uvlm.packed_{g} (
            tenant       text COLLATE "C" NOT NULL,
            id           text COLLATE "C" NOT NULL,
            content_hash bytea NOT NULL,           -- of the content these vectors were made from
            vectors      bytea NOT NULL,
            PRIMARY KEY (tenant, id)
        ) WITH (toast_tuple_target = 8160);
        ALTER TABLE uvlm.packed_{g} ALTER COLUMN vectors SET STORAGE EXTERNAL;

        DO $$
        DECLARE
            name text;
        BEGIN
            FOREACH name IN ARRAY ARRAY['part_vector_{g}', 'document_vector_{g}', 'packed_{g}'] LOOP
                EXECUTE format('ALTER TABLE uvlm.%I ENABLE ROW LEVEL SECURITY', name);
                EXECUTE format('ALTER TABLE uvlm.%I FORCE ROW LEVEL SECURITY', name);
                EXECUTE format('CREATE POLICY ingest ON uvlm.%I TO uvlm_ingest USING (true) WITH CHECK (true)', name);
                EXECUTE format('CREATE POLICY tenant ON uvlm.%I TO uvlm_app USING (tenant = current_setting(''app.tenant'', true))', name);
                EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON uvlm.%I TO uvlm_ingest', name);
                EXECUTE format('GRANT SELECT ON uvlm.%I TO uvlm_app', name);
            END LOOP;
        END $$
        """;

    private const string DropSql = "DROP TABLE IF EXISTS uvlm.part_vector_{g}, uvlm.document_vector_{g}, uvlm.packed_{g}";

    public static string Create(int generation, int dimension, HnswOptions hnsw) => For(CreateSql, generation)
        .Replace("{d}", Text(dimension), StringComparison.Ordinal)
        .Replace("{m}", Text(hnsw.M), StringComparison.Ordinal)
        .Replace("{ef}", Text(hnsw.EfConstruction), StringComparison.Ordinal);

    public static string Drop(int generation) => For(DropSql, generation);

    /// <summary>The statement for one generation's tables.</summary>
    public static string For(string template, int generation) => template.Replace(Placeholder, Text(generation), StringComparison.Ordinal);

    private static string Text(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
