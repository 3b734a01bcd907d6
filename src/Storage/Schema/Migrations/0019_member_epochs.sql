SET LOCAL ROLE uvlm_owner;

-- Epochs of members, for all names: a row that was forgotten takes none with it, so that no two processes ever have the same name and epoch.
CREATE SEQUENCE uvlm.member_epoch;
SELECT setval('uvlm.member_epoch', (SELECT coalesce(max(epoch), 0) + 1 FROM uvlm.member));

GRANT USAGE ON SEQUENCE uvlm.member_epoch TO uvlm_ingest;
