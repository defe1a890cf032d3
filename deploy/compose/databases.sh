#!/bin/sh
# A database and a role per service, as in the one box.
set -eu
for name in identity jukebox lineup scores log jobs; do
  psql --username postgres --set=password="$POSTGRES_PASSWORD" <<SQL
CREATE ROLE $name LOGIN PASSWORD :'password';
CREATE DATABASE backline_$name OWNER $name;
SQL
done
