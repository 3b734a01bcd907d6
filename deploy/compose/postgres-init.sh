#!/bin/sh
# Runs once, when the server's data folder is empty: the database, a login that owns it and is no superuser, and the roles that the program changes into
# (docs/storage.md, "Who may see what"). Made here because from PostgreSQL 16 on a login may not change into roles it has made itself.
set -eu

psql --username "$POSTGRES_USER" --dbname postgres --set ON_ERROR_STOP=1 --set password="$UVLM_POSTGRES_PASSWORD" << 'SQL'
CREATE ROLE uvlm LOGIN PASSWORD :'password';
CREATE ROLE uvlm_owner NOLOGIN NOBYPASSRLS;
CREATE ROLE uvlm_app NOLOGIN NOBYPASSRLS;
CREATE ROLE uvlm_ingest NOLOGIN NOBYPASSRLS;
CREATE ROLE uvlm_fulltext NOLOGIN NOBYPASSRLS;
GRANT uvlm_owner, uvlm_app, uvlm_ingest, uvlm_fulltext TO uvlm;
CREATE DATABASE uvlm OWNER uvlm;
\connect uvlm
CREATE EXTENSION vector;
SQL
