#!/usr/bin/env bash
# Proves the two commands of the README on a fresh Debian 12: makes a minimal root from the machine's
# own mirror, clones the last commit into it and runs "tools/run --once" and "tools/test" there, as
# root, with nothing installed but git. The machine's network settings (name servers, certificates,
# proxy, npm's registry) are lent to it; everything lives in build/fresh and is removed afterwards.
#
# BIDSEAL_FRESH_COMMANDS replaces the two commands; BIDSEAL_FRESH_KEEP=1 keeps the root.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

[ "$(id -u)" = 0 ] || die "tools/test --fresh needs root: it makes a root file system and enters it"
bash "$BIDSEAL_ROOT/tools/lib/debian_packages.sh" fresh
commands=${BIDSEAL_FRESH_COMMANDS:-tools/run --once && tools/test}
work=$BIDSEAL_BUILD/fresh
root=$work/root
rm -rf "$work"
mkdir -p "$work"

step "Fresh Debian 12"
start=$SECONDS
python3 "$BIDSEAL_ROOT/tools/lib/apt_sources.py" --own >"$work/machine.sources"
mmdebstrap --quiet --variant=minbase --include=ca-certificates,git bookworm "$root" \
    "$work/machine.sources" >"$work/mmdebstrap.log" 2>&1 ||
    { tail -n 20 "$work/mmdebstrap.log" >&2; die "mmdebstrap failed"; }
say "made in $(elapsed "$start") s: $(cat "$root/etc/debian_version"), $(chroot "$root" dpkg -l | grep -c '^ii') packages"

# lend PATH: copies a file or folder of the machine to the same place in the root, if it is there.
lend() {
    [ -e "$1" ] || return 0
    mkdir -p "$root$(dirname "$1")"
    cp -RL "$1" "$root$(dirname "$1")/"
}
lend /etc/resolv.conf
lend /etc/hosts
lend /etc/npmrc
lend /usr/local/share/ca-certificates
lend /etc/ssl/certs/ca-certificates.crt
if [ -f "${HOME:-/root}/.npmrc" ]; then cp "${HOME:-/root}/.npmrc" "$root/root/.npmrc"; fi
lent=()
for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY NODE_EXTRA_CA_CERTS \
    npm_config_registry npm_config_cafile CI; do
    if [ -n "${!name:-}" ]; then lent+=("$name=${!name}"); fi
done

git clone --quiet --no-hardlinks "file://$BIDSEAL_ROOT" "$root/root/bidseal"
say "cloned $(git -C "$root/root/bidseal" log -1 --format='%h %s')"

# Own mount and process namespaces: what is mounted or left running inside ends with the command.
step "Inside: $commands"
code=0
unshare --mount --pid --ipc --uts --fork --kill-child bash -c '
    set -e
    root=$1
    shift
    mount --make-rprivate /
    mount -t proc proc "$root/proc"
    mount --rbind /sys "$root/sys"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs tmpfs "$root/dev/shm"
    mount -t tmpfs tmpfs "$root/run"
    exec chroot "$root" env -i HOME=/root USER=root LANG=C.UTF-8 TERM=dumb \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
' fresh "$root" "${lent[@]}" bash -c "cd /root/bidseal && $commands" || code=$?

if [ "${BIDSEAL_FRESH_KEEP:-}" != 1 ]; then rm -rf "$root"; fi
say "fresh root: $(elapsed "$start") s, exit code $code"
exit "$code"
