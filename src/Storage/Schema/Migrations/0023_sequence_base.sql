SET LOCAL ROLE uvlm_owner;

-- What is added to the sequences of documents where events are published: a database that was restored counts from an earlier state of them, and readers drop what is no
-- higher than they have seen.
ALTER TABLE uvlm.event_stream ADD COLUMN sequence_base bigint NOT NULL DEFAULT 0;
GRANT UPDATE (id, sequence_base) ON uvlm.event_stream TO uvlm_ingest;
