#!/usr/bin/env bash
# Installs the npm packages of web/package-lock.json, each pinned by its integrity string. No
# package's own scripts are run.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

web=$BIDSEAL_ROOT/web
[ -f "$web/package-lock.json" ] || exit 0
recipe=$(digest_of "${BASH_SOURCE[0]}" "$web/package-lock.json" "$BIDSEAL_ROOT/tools/lib/node.lock")
exec 9>"$BIDSEAL_DEPS/.lock-npm"
flock 9
if fresh "$web/node_modules/.bidseal-stamp" "$recipe"; then exit 0; fi
if grep -q '"resolved": "http' "$web/package-lock.json"; then
    die "web/package-lock.json names a registry host; make it with npm under web/.npmrc"
fi
say "installing npm packages"
log=$BIDSEAL_DEPS/npm.log
(cd "$web" && npm ci --ignore-scripts --no-audit --no-fund --cache "$BIDSEAL_DEPS/npm-cache") \
    >"$log" 2>&1 || { tail -n 30 "$log" >&2; die "npm ci failed (whole log: .deps/npm.log)"; }
printf '%s\n' "$recipe" >"$web/node_modules/.bidseal-stamp"
