#!/bin/sh
# All linters, each one test; TAP on stdout. Arguments: run.mjs.
exec node "$(dirname "$0")/run.mjs" "$@"
