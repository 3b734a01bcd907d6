SET LOCAL ROLE uvlm_owner;

-- The event that tells of those that were removed unpublished, without a look at all others.
CREATE INDEX outbox_dropped ON uvlm.outbox (id) WHERE type = 'events.dropped';
