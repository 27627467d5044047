#!/usr/bin/env bash
# Makes the Debian packages and tries them: lintian, then a fresh Debian 12 root, booted with its own
# systemd in a container, in which tests/package/inside installs, uses, upgrades and removes them. Needs
# root. The packages stay in build/package.
#
# BIDSEAL_PACKAGE_ONLY=1 makes them and stops; BIDSEAL_PACKAGE_KEEP=1 keeps the root.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

[ "$(id -u)" = 0 ] || die "tools/test --package needs root: it boots a system in a container"
bash "$BIDSEAL_ROOT/tools/lib/debian_packages.sh" fresh package
bash "$BIDSEAL_ROOT/tools/build" native
work=$BIDSEAL_BUILD/package
root=$work/root
rm -rf "$work"
mkdir -p "$work"

step "Packages"
# pack FOLDER [VERSION]
pack() {
    cpack --config "$BIDSEAL_BUILD/native/CPackConfig.cmake" -B "$1" ${2:+-D CPACK_PACKAGE_VERSION="$2"} \
        >"$1.log" 2>&1 || { tail -n 30 "$1.log" >&2; die "cpack failed"; }
    rm -rf "$1/_CPack_Packages"
}
pack "$work/made"
package=$(echo "$work"/made/bidseal-bridge_*.deb)
version=$(dpkg-deb -f "$package" Version)
pack "$work/newer" "$version+upgrade"
(cd "$work/made" && sha256sum ./*.deb)
[ "${BIDSEAL_PACKAGE_ONLY:-}" != 1 ] || exit 0

passed=0 failed=0
step "Lintian"
if lintian --allow-root --fail-on error,warning "$work"/made/*.deb; then
    passed=$((passed + 1))
else
    failed=$((failed + 1))
fi

step "Fresh Debian 12"
start=$SECONDS
python3 "$BIDSEAL_ROOT/tools/lib/apt_sources.py" --own >"$work/machine.sources"
mmdebstrap --quiet --variant=minbase \
    --include=ca-certificates,systemd-sysv,dbus,dbus-user-session,libpam-systemd,init-system-helpers \
    --include=curl,iproute2,procps,man-db,groff-base,desktop-file-utils,libglib2.0-bin \
    bookworm "$root" "$work/machine.sources" >"$work/mmdebstrap.log" 2>&1 ||
    { tail -n 20 "$work/mmdebstrap.log" >&2; die "mmdebstrap failed"; }
say "made in $(elapsed "$start") s"

# What the package depends on is fetched now, by apt's own reckoning: the booted system has no network.
mkdir -p "$root/root/package/newer" "$root/usr/lib/vendor"
cp "$package" "$root/root/package/"
cp "$work"/newer/bidseal-bridge_*.deb "$root/root/package/newer/"
for file in /etc/resolv.conf /etc/hosts; do if [ -f "$file" ]; then cp -L "$file" "$root$file"; fi; done
chroot "$root" env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends --download-only install \
    "/root/package/$(basename "$package")" >"$work/apt.log" 2>&1 ||
    { tail -n 20 "$work/apt.log" >&2; die "apt cannot satisfy what the package depends on"; }

# A vendor's library with a token in it, for the administrator's list.
install -m 644 "$BIDSEAL_BUILD/native/lib/libbidseal_softukey.so" "$root/usr/lib/vendor/libskf.so"
ukeys=$root/root/package/ukeys
mkdir -p "$ukeys"
testca() {
    BIDSEAL_SOFTUKEY_DIR=$ukeys "$BIDSEAL_BUILD/native/bin/bidseal-testca" "$@" >/dev/null
}
testca init "$work/ca"
testca ukey "$work/ca" --name 东海建设有限公司 --code 91310000MA1FL0XX0A --device donghai --pin 135790 \
    --admin-pin 24680135 --library "$BIDSEAL_BUILD/native/lib/libbidseal_softukey.so" --kdf-iterations 1000
cp "$BIDSEAL_ROOT/tests/package/inside" "$root/root/package/inside"
cat >"$root/etc/systemd/system/package-test.service" <<'UNIT'
[Unit]
After=multi-user.target
[Service]
Type=oneshot
TimeoutStartSec=infinity
ExecStart=/root/package/inside
ExecStopPost=/usr/bin/systemctl --no-block poweroff
StandardOutput=file:/root/package/log
StandardError=inherit
[Install]
WantedBy=multi-user.target
UNIT
chroot "$root" systemctl --quiet enable package-test.service

step "Inside"
start=$SECONDS
timeout --kill-after=20 3600 systemd-nspawn --quiet --boot --directory "$root" --register=no --keep-unit \
    --private-network --machine=bidseal-package </dev/null >"$work/boot.log" 2>&1 || true
log=$root/root/package/log
[ -f "$log" ] || { tail -n 30 "$work/boot.log" >&2; die "the system did not boot (whole log: $work/boot.log)"; }
cp "$log" "$work/inside.log"
cat "$work/inside.log" | sed '$d'
counts=$(tail -n 1 "$work/inside.log")
[[ $counts =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]] ||
    { echo "$counts"; die "the tests inside did not come to their end"; }
passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
if [ "${BIDSEAL_PACKAGE_KEEP:-}" != 1 ]; then rm -rf "$root"; fi
say "$(elapsed "$start") s"
say "$passed passed, $failed failed"
[ "$failed" = 0 ]
