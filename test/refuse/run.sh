#!/bin/sh
# What must not compile (cases beside this file) does not, and says why. TAP on stdout.
exec node "$(dirname "$0")/run.mjs" "$@"
