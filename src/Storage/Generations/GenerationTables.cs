namespace UnifiedVlm.Storage.Generations;

/// <summary>
/// The tables of one generation. Their names carry its number, which no statement can take as a parameter; a number is all that is ever put in.
/// </summary>
internal static class GenerationTables
{
    public const string Placeholder = "{g}";
    public const string PartVectors = "part_vector_{g}";
    public const string DocumentVectors = "document_vector_{g}";

    /// <summary>Without HNSW indexes: those are built once there is something to build them from (<see cref="VectorIndexBuilder"/>).</summary>
    private const string CreateSql = """
        -- Vectors stay in their rows as far as a page goes, also those of more than 900 dimensions: an exact search reads every one of them.
        -- Vacuumed at 5 % of dead rows instead of 20: a graph leads to dead vectors as to living ones, and what is looked at in vain costs time and recall. Not
        -- earlier, and not below 1,000: mending the graph reads all of it. Analyzed as early, because the planner weighs a tenant's rows against the index.
        -- Rows are inserted and deleted, never updated: a fill factor below 100 would only spread them over more pages.
        CREATE TABLE uvlm.part_vector_{g} (
            tenant     text COLLATE "C" NOT NULL,
            id         text COLLATE "C" NOT NULL,
            part       int NOT NULL,               -- index of the embedded part
            collection text COLLATE "C" NOT NULL,  -- here too, so that a filter is applied while the graph is walked
            embedding  halfvec({d}) NOT NULL,
            PRIMARY KEY (tenant, id, part)
        ) WITH (toast_tuple_target = 8160, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 1000,
            autovacuum_analyze_scale_factor = 0.05);

        CREATE TABLE uvlm.document_vector_{g} (
            tenant     text COLLATE "C" NOT NULL,
            id         text COLLATE "C" NOT NULL,
            collection text COLLATE "C" NOT NULL,
            embedding  halfvec({d}) NOT NULL,
            PRIMARY KEY (tenant, id)
        ) WITH (toast_tuple_target = 8160, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 1000,
            autovacuum_analyze_scale_factor = 0.05);

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

    // CONCURRENTLY: writers and searches go on meanwhile.
    private const string CreateIndexSql =
        "CREATE INDEX CONCURRENTLY {table}_hnsw ON uvlm.{table} USING hnsw (embedding halfvec_ip_ops) WITH (m = {m}, ef_construction = {ef})";

    private const string DropIndexSql = "DROP INDEX CONCURRENTLY IF EXISTS uvlm.{table}_hnsw";
    private const string AnalyzeSql = "ANALYZE uvlm.{table}";

    private const string DropSql = "DROP TABLE IF EXISTS uvlm.part_vector_{g}, uvlm.document_vector_{g}, uvlm.packed_{g}";

    public static string Create(int generation, int dimension) => For(CreateSql, generation).Replace("{d}", Text(dimension), StringComparison.Ordinal);

    public static string Drop(int generation) => For(DropSql, generation);

    /// <param name="table">One of the two with vectors, its name without the schema.</param>
    public static string CreateIndex(string table, HnswOptions hnsw) => Of(CreateIndexSql, table)
        .Replace("{m}", Text(hnsw.M), StringComparison.Ordinal)
        .Replace("{ef}", Text(hnsw.EfConstruction), StringComparison.Ordinal);

    public static string DropIndex(string table) => Of(DropIndexSql, table);

    public static string Analyze(string table) => Of(AnalyzeSql, table);

    /// <summary>The statement for one generation's tables.</summary>
    public static string For(string template, int generation) => template.Replace(Placeholder, Text(generation), StringComparison.Ordinal);

    /// <summary>The statement for one table, named without the schema.</summary>
    public static string Of(string template, string table) => template.Replace("{table}", table, StringComparison.Ordinal);

    private static string Text(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
