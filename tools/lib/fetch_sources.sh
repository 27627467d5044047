#!/usr/bin/env bash
# Fetches the source archives of tools/lib/sources.lock into .deps/archives, checks their SHA-256
# and unpacks them into .deps/src. Uses a private apt configuration under .deps/apt: the system's
# package sources and lists stay as they are. apt verifies the archive's signature as always; the
# SHA-256 in the lock file is our own pin on top of it.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

LOCK=$BIDSEAL_ROOT/tools/lib/sources.lock
ARCHIVES=$BIDSEAL_DEPS/archives
APT=$BIDSEAL_DEPS/apt
SUITE=$(awk '$1 == "suite" { print $2 }' "$LOCK")

private_apt() {
    apt-get -q -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$APT/parts" \
        -o Dir::State::Lists="$APT/lists" -o Dir::Cache="$APT/cache" \
        -o APT::Sandbox::User="$(id -un)" -o Acquire::Languages=none \
        -o Acquire::Retries=3 "$@"
}

right_sum() { [ -f "$1" ] && [ "$(sha256sum <"$1" | cut -d' ' -f1)" = "$2" ]; }

missing=()
while read -r package folder archive sum; do
    right_sum "$ARCHIVES/$archive" "$sum" || missing+=("$package")
done < <(grep -vE '^(#|suite|$)' "$LOCK")

if [ ${#missing[@]} -gt 0 ]; then
    say "fetching sources: ${missing[*]}"
    mkdir -p "$ARCHIVES" "$APT/parts" "$APT/lists/partial" "$APT/cache/archives/partial"
    python3 "$BIDSEAL_ROOT/tools/lib/apt_sources.py" "$SUITE" >"$APT/parts/sources.sources"
    private_apt update >"$APT/log" 2>&1 || { cat "$APT/log" >&2; die "cannot read the source lists of $SUITE"; }
    (cd "$ARCHIVES" && private_apt source --tar-only --download-only "${missing[@]}") \
        >>"$APT/log" 2>&1 || { tail -n 20 "$APT/log" >&2; die "cannot fetch the sources of ${missing[*]}"; }
fi

while read -r package folder archive sum; do
    right_sum "$ARCHIVES/$archive" "$sum" ||
        die "$archive is not the archive that tools/lib/sources.lock pins (package $package)"
    target=$BIDSEAL_DEPS/src/$folder
    if ! fresh "$target/.bidseal-stamp" "$sum"; then
        rm -rf "$target"
        mkdir -p "$target"
        tar -xf "$ARCHIVES/$archive" -C "$target" --strip-components=1
        printf '%s\n' "$sum" >"$target/.bidseal-stamp"
    fi
done < <(grep -vE '^(#|suite|$)' "$LOCK")
