SET LOCAL ROLE uvlm_owner;

-- The version by the rule local of a pushed document that names none: drawn when the record is first read, and the same for every group that reads it. Null: nobody has read
-- it yet, or only an earlier program, which did not keep the version that it drew.
ALTER TABLE uvlm.inbox ADD COLUMN local_version bigint;
