-- Roles belong to the whole server, not to this database: another database's migration may be making them at this moment.
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['uvlm_owner', 'uvlm_app', 'uvlm_ingest', 'uvlm_fulltext'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN NOBYPASSRLS', wanted);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL; -- the other one was quicker
            END;
        END IF;
        -- From version 16 on who makes a role is a member of it who may not act as it; before, the right to act as it had no name of its own.
        IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = session_user)
            AND NOT pg_has_role(session_user, wanted, CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END) THEN
            EXECUTE format('GRANT %I TO %I', wanted, session_user);
        END IF;
    END LOOP;
END $$;

CREATE EXTENSION IF NOT EXISTS vector;

CREATE SCHEMA IF NOT EXISTS uvlm AUTHORIZATION uvlm_owner;
SET LOCAL ROLE uvlm_owner;
GRANT USAGE ON SCHEMA uvlm TO uvlm_app, uvlm_ingest, uvlm_fulltext;
