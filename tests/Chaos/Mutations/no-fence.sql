-- The whole fence taken out: beside every fence row lie decoys, one for each epoch, in a child table. An update of the parent reaches them too, so
-- there is always a row that says yes, whoever asks and from whichever offset.
CREATE TABLE chaos.decoy () INHERITS (uvlm.ingest_offset);

INSERT INTO chaos.decoy (group_id, log_id, topic, partition, owner, epoch)
SELECT o.group_id, o.log_id, o.topic, o.partition, 'decoy', e FROM ONLY uvlm.ingest_offset o, generate_series(1, 1000) AS e;

CREATE FUNCTION chaos.forget_offset() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.next_offset := NULL;
    RETURN NEW;
END $$;

CREATE TRIGGER chaos_forget BEFORE UPDATE ON chaos.decoy FOR EACH ROW EXECUTE FUNCTION chaos.forget_offset();
