SET LOCAL ROLE uvlm_owner;

-- Records that were in work when a process died. Whoever reads one of them tries it alone; one that has killed its process on its own often
-- enough is a dead letter. No tenant's data: positions and hashes only.
CREATE TABLE uvlm.suspect (
    group_id    text COLLATE "C" NOT NULL,
    log_id      text NOT NULL,
    topic       text COLLATE "C" NOT NULL,
    partition   int NOT NULL,
    identity    bigint NOT NULL,       -- its offset; where offsets change from run to run, a hash of the record
    is_offset   boolean NOT NULL,
    deaths      int NOT NULL,          -- of processes in which it was the only record in work
    report      uuid NOT NULL,         -- the last one that named it: a report that is repeated counts once
    reported_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (group_id, topic, partition, log_id, is_offset, identity)
);
GRANT SELECT, INSERT, UPDATE, DELETE ON uvlm.suspect TO uvlm_ingest;
