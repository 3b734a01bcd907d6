-- The epoch predicate taken out: an epoch that never rises is everybody's epoch, so 'AND epoch = @epoch' is true for whoever once held the partition.
CREATE FUNCTION chaos.freeze_epoch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.epoch := OLD.epoch;
    RETURN NEW;
END $$;

CREATE TRIGGER chaos_freeze BEFORE UPDATE ON uvlm.ingest_offset FOR EACH ROW EXECUTE FUNCTION chaos.freeze_epoch();
