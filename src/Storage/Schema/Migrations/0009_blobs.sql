SET LOCAL ROLE uvlm_owner;

-- When the picture last came, with a document or by itself. One that no document refers to is removed a while after.
ALTER TABLE uvlm.blob ADD COLUMN touched_at timestamptz NOT NULL DEFAULT now();
