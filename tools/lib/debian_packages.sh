#!/usr/bin/env bash
# Installs the Debian packages of the given groups (tools/lib/debian-packages.txt) and checks their
# versions. Asks apt for nothing when everything is already there.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

LIST=$BIDSEAL_ROOT/tools/lib/debian-packages.txt

installed_version() {
    dpkg-query -W -f='${db:Status-Status} ${Version}' "$1" 2>/dev/null | sed -n 's/^installed //p'
}

# satisfied NAME MINIMUM: the package is there in that version, or (npm only) another package
# brings the program.
satisfied() {
    local version
    version=$(installed_version "$1")
    if [ -z "$version" ]; then
        [ "$1" = npm ] && command -v npm >/dev/null 2>&1
        return
    fi
    # The tilde lets repackaged versions such as 3.1.6~dfsg-5 count as 3.1.6.
    dpkg --compare-versions "$version" ge "$2~"
}

missing=()
for group in "$@"; do
    while read -r _ name minimum; do
        satisfied "$name" "$minimum" || missing+=("$name")
    done < <(awk -v group="$group" '$1 == group' "$LIST")
done
[ ${#missing[@]} -gt 0 ] || exit 0

command -v apt-get >/dev/null 2>&1 || die "apt-get is missing: tools/setup is for Debian 12. Needed: ${missing[*]}"
say "installing Debian packages: ${missing[*]}"
mkdir -p "$BIDSEAL_DEPS"
log=$BIDSEAL_DEPS/apt.log
{
    as_root apt-get -q -o Acquire::Retries=3 update &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Acquire::Retries=3 \
            -o Dpkg::Options::=--force-confold install --no-install-recommends "${missing[@]}"
} >"$log" 2>&1 || { tail -n 20 "$log" >&2; die "apt could not install: ${missing[*]} (whole log: .deps/apt.log)"; }

for group in "$@"; do
    while read -r _ name minimum; do
        satisfied "$name" "$minimum" ||
            die "$name is $(installed_version "$name"), but at least $minimum is needed"
    done < <(awk -v group="$group" '$1 == group' "$LIST")
done
