#!/usr/bin/env bash
# Builds the TypeScript package web/sdk with the wasm module in it, writes its integrity hashes,
# and builds the pages. Each package says itself how ("npm run build"); nothing is done when no
# input has changed.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

web=$BIDSEAL_ROOT/web
module=$BIDSEAL_BUILD/wasm/module
export BIDSEAL_WASM_MODULE=$module
generated=$web/sdk/src/generated

python3 "$BIDSEAL_ROOT/tools/gen/generate.py" --cpp "$BIDSEAL_BUILD/web-gen/include" --ts "$generated"

# inputs_of FOLDER...: a digest of the names and contents of all files that a build reads.
inputs_of() {
    find "$@" -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -not -name '*.tsbuildinfo' \
        -print0 2>/dev/null | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1
}

build_package() {
    local name=$1 start=$SECONDS digest
    shift
    if ! grep -q '"build"' "$web/$name/package.json" 2>/dev/null; then return; fi
    digest=$(digest_of "$(inputs_of "$@" "$web/package-lock.json" "$web/tsconfig.base.json")")
    if fresh "$BIDSEAL_BUILD/.web-$name" "$digest" && [ -d "$web/$name/dist" ]; then return; fi
    mkdir -p "$BIDSEAL_BUILD"
    rm -f "$BIDSEAL_BUILD/.web-$name"
    (cd "$web/$name" && npm run --silent build) >"$BIDSEAL_BUILD/web-$name.log" 2>&1 ||
        { tail -n 40 "$BIDSEAL_BUILD/web-$name.log" >&2; die "web/$name did not build"; }
    if [ "$name" = sdk ]; then python3 "$BIDSEAL_ROOT/tools/lib/integrity.py" "$web/sdk/dist"; fi
    printf '%s\n' "$digest" >"$BIDSEAL_BUILD/.web-$name"
    say "built web/$name in $(elapsed "$start") s"
}

build_package sdk "$web/sdk" "$module"
build_package tender "$web/tender" "$web/sdk" "$module"
