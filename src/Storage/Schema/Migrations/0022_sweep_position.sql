SET LOCAL ROLE uvlm_owner;

-- Which picture the sweep that is under way has come to, for whatever node looks at the next ones; null: none is under way.
ALTER TABLE uvlm.retention ADD COLUMN after_tenant text, ADD COLUMN after_sha256 bytea;
