SET LOCAL ROLE uvlm_owner;

-- A pushed record whose dead letter is replayed waits again: who replays says so. Its policy keeps a tenant to its own records.
GRANT UPDATE (status, dead_letter_id, dead_reason, dead_field, dead_detail, finished_at) ON uvlm.inbox TO uvlm_app;
