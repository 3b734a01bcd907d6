#!/bin/sh
# Runs once, when the server's data folder is empty: the database, and a login that owns it and is no superuser (docs/storage.md, "Who may see what").
set -eu

psql --username "$POSTGRES_USER" --dbname postgres --set ON_ERROR_STOP=1 --set password="$UVLM_POSTGRES_PASSWORD" << 'SQL'
CREATE ROLE uvlm LOGIN CREATEROLE PASSWORD :'password';
CREATE DATABASE uvlm OWNER uvlm;
\connect uvlm
CREATE EXTENSION vector;
SQL
