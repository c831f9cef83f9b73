#!/bin/bash
# postgres.sh: the one-text rule. Creates both schemas' DDL and PREPAREs every statement of src/ on a
# PostgreSQL 15: the one at PGHOST, or a temporary one of its own (socket only, nothing on the network).
# Output is TAP, one line for each file; a refused statement is named with PostgreSQL's words.
# Usage: test/store/postgres.sh [FILE.sql …]   (default: all of src/)
set -eu
cd "$(dirname "$0")/../.."
BUILD=${KONTOR_BUILD:-build}
PG=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -1)
TMP=$(mktemp -d -t kontor-pg-XXXXXX)
N=0
FAILED=0

# Files must be readable, and the cluster's folder writable, for the account that may run PostgreSQL.
as_server() {
    if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

stop() {
    [ ! -e "$TMP/data/postmaster.pid" ] || as_server "$PG/pg_ctl" -D "$TMP/data" -m immediate -s stop || true
    rm -rf "$TMP"
}
trap stop EXIT

start() {
    [ -n "$PG" ] || { echo "Bail out! PostgreSQL is not installed"; exit 1; }
    chmod 755 "$TMP"
    mkdir "$TMP/data" "$TMP/run"
    [ "$(id -u)" != 0 ] || chown postgres "$TMP/data" "$TMP/run"
    as_server "$PG/initdb" -D "$TMP/data" -A trust -U postgres --locale=C -E UTF8 >"$TMP/initdb.log" 2>&1 ||
        { sed 's/^/# /' "$TMP/initdb.log"; echo "Bail out! initdb"; exit 1; }
    as_server "$PG/pg_ctl" -D "$TMP/data" -s -w -l "$TMP/data/log" start \
        -o "-c listen_addresses= -c unix_socket_directories=$TMP/run -c fsync=off -c max_connections=8"
    export PGHOST=$TMP/run PGUSER=postgres
}

db() { echo "kontor_test_$$_$1"; }

sql() { psql -X -q -v ON_ERROR_STOP=0 -v workspace="$(db workspace)" -v system="$(db system)" "$@"; }

# tap NAME FILE: FILE holds the ERROR lines; none is good.
tap() {
    N=$((N + 1))
    if [ -s "$2" ]; then
        FAILED=$((FAILED + 1))
        echo "not ok $N - $1"
        sed 's/^/  # /' "$2"
    else
        echo "ok $N - $1"
    fi
}

create() {
    psql -X -q -d postgres -c "CREATE DATABASE $(db "$1") TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
    "$BUILD/tools/schemagen" ddl "schema/$1" "$TMP/$1.sql" "$TMP/d" 2>"$TMP/error" &&
        sql -d "$(db "$1")" -1 -f "$TMP/$1.sql" >"$TMP/error" 2>&1 || true
    tap "postgres: the tables of schema/$1" "$TMP/error"
}

prepare() {
    if "$BUILD/tools/sqlgen" prepare "$BUILD/src" src/base/ids.def "$1" "$TMP/prepare.sql" "$TMP/d" 2>"$TMP/error"; then
        sql -d postgres -f "$TMP/prepare.sql" 2>&1 | grep -v '^You are now connected' |
            sed "s,^psql:$TMP/prepare.sql:\\([0-9]*\\): ,\\1 ," >"$TMP/out" || true
        # "12 ERROR: …" becomes "name: ERROR: …"; the lines that show where stay as they are.
        awk -v list="$TMP/prepare.sql" 'BEGIN { while ((getline l < list) > 0) { split(l, w, " "); name[++n] = w[2] } }
            /^[0-9]+ / { k = $1; sub(/^[0-9]+ /, ""); $0 = name[k] ": " $0 } { print }' "$TMP/out" >"$TMP/error"
        tap "postgres: $1, $(grep -c '^PREPARE' "$TMP/prepare.sql") statements" "$TMP/error"
    else
        tap "postgres: $1" "$TMP/error"
    fi
}

[ -n "${PGHOST:-}" ] || start
create workspace
create system
if [ $# = 0 ]; then mapfile -t files < <(find src -name '*.sql' | LC_ALL=C sort); else files=("$@"); fi
for file in "${files[@]}"; do prepare "$file"; done

# The check can say no: what SQLite takes and PostgreSQL does not.
echo 'PREPARE lie AS SELECT sum(last_number) AS total_count, table_name FROM id_counter;' |
    sql -d "$(db workspace)" 2>&1 | grep -q 'must appear in the GROUP BY' && : >"$TMP/error" ||
    echo 'a loose GROUP BY was prepared' >"$TMP/error"
tap "postgres: a statement that only SQLite takes is refused" "$TMP/error"

for name in workspace system; do psql -X -q -d postgres -c "DROP DATABASE $(db $name)"; done
echo "1..$N"
[ "$FAILED" = 0 ]
