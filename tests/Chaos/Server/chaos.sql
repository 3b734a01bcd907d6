-- What the harness adds to the database: bad weather for the writers, and a trail of what became of the fences. Nothing of the product's is changed.
CREATE SCHEMA chaos;

CREATE TABLE chaos.weather (
    delay_ms  int NOT NULL DEFAULT 0,               -- of every step of a write
    disk_full double precision NOT NULL DEFAULT 0   -- the share of steps that fail as if the disk were full
);
INSERT INTO chaos.weather DEFAULT VALUES;

-- Every change of a fence row that was committed. The row's lock orders the entries of a partition.
CREATE TABLE chaos.fence_trail (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    group_id     text NOT NULL,
    topic        text NOT NULL,
    partition    int NOT NULL,
    slot         int,              -- the node's place, and ...
    life         int,              -- ... the process in it, as its connection string says
    taken        boolean NOT NULL, -- the partition was taken; else a range was written
    epoch        bigint NOT NULL,
    writer_epoch bigint,           -- as the transaction calls itself
    from_offset  bigint,
    to_offset    bigint,
    at           timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX fence_trail_partition ON chaos.fence_trail (partition, id);

-- Refused fences are rolled back, and a sequence is what a rollback leaves alone.
DO $$ BEGIN
    FOR slot IN 0..7 LOOP
        EXECUTE format('CREATE SEQUENCE chaos.refused_%s', slot);
    END LOOP;
END $$;

CREATE FUNCTION chaos.slot() RETURNS int LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('chaos.slot', true), '')::int $$;

CREATE FUNCTION chaos.life() RETURNS int LANGUAGE sql STABLE AS $$ SELECT nullif(current_setting('chaos.life', true), '')::int $$;

CREATE FUNCTION chaos.is_write() RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT starts_with(current_setting('application_name'), 'uvlm-w:') $$;

-- Each step of a write passes a gate that can be closed for one node: whoever waits there is in mid-transaction.
CREATE FUNCTION chaos.meddle() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    weather chaos.weather;
BEGIN
    IF NOT chaos.is_write() THEN
        RETURN NULL;
    END IF;
    PERFORM pg_advisory_xact_lock_shared(4990199, chaos.slot());
    SELECT * INTO weather FROM chaos.weather;
    IF random() < weather.disk_full THEN
        RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
    END IF;
    IF weather.delay_ms > 0 THEN
        PERFORM pg_sleep(weather.delay_ms / 1000.0);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION chaos.follow_fence() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    before bigint;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        before := OLD.next_offset;
    END IF;
    INSERT INTO chaos.fence_trail (group_id, topic, partition, slot, life, taken, epoch, writer_epoch, from_offset, to_offset)
    VALUES (NEW.group_id, NEW.topic, NEW.partition, chaos.slot(), chaos.life(), NOT chaos.is_write(), NEW.epoch,
        CASE WHEN chaos.is_write() THEN split_part(current_setting('application_name'), ':', 3)::bigint END, before, NEW.next_offset);
    RETURN NULL;
END $$;

CREATE FUNCTION chaos.count_refused() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF chaos.is_write() AND NOT EXISTS (SELECT FROM changed) THEN
        PERFORM nextval(format('chaos.refused_%s', chaos.slot())::regclass);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER chaos_meddle BEFORE INSERT OR UPDATE ON uvlm.document FOR EACH STATEMENT EXECUTE FUNCTION chaos.meddle();
CREATE TRIGGER chaos_meddle BEFORE INSERT ON uvlm.outbox FOR EACH STATEMENT EXECUTE FUNCTION chaos.meddle();
CREATE TRIGGER chaos_meddle BEFORE UPDATE ON uvlm.ingest_offset FOR EACH STATEMENT EXECUTE FUNCTION chaos.meddle();
CREATE TRIGGER chaos_follow AFTER INSERT OR UPDATE ON uvlm.ingest_offset FOR EACH ROW EXECUTE FUNCTION chaos.follow_fence();
CREATE TRIGGER chaos_refused AFTER UPDATE ON uvlm.ingest_offset REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION chaos.count_refused();
