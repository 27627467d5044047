# Shared by the scripts in tools/. Source it; it defines the project's paths and a few helpers.
# shellcheck shell=bash

BIDSEAL_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BIDSEAL_DEPS=$BIDSEAL_ROOT/.deps
# The build root may be moved, so that several builds can live side by side.
BIDSEAL_BUILD=${BIDSEAL_BUILD:-$BIDSEAL_ROOT/build}
BIDSEAL_JOBS=${BIDSEAL_JOBS:-$(nproc)}
export BIDSEAL_ROOT BIDSEAL_DEPS BIDSEAL_BUILD BIDSEAL_JOBS

# The project's own Node comes before the system's one as soon as it is there.
if [ -x "$BIDSEAL_DEPS/node/bin/node" ]; then
    case ":$PATH:" in
        ":$BIDSEAL_DEPS/node/bin:"*) ;;
        *) PATH=$BIDSEAL_DEPS/node/bin:$PATH ;;
    esac
    export PATH
fi
# Emscripten's linker loads its JavaScript tools from Debian's module folder.
export NODE_PATH=${NODE_PATH:-/usr/share/nodejs}
export CCACHE_DIR=${CCACHE_DIR:-$BIDSEAL_ROOT/.ccache}
export CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-2G}

say() { printf '%s\n' "$*"; }
step() { printf '\n== %s\n' "$*"; }
die() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# as_root COMMAND...: runs it as root, through sudo where we are not root.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo -- "$@"
    else
        die "this step needs root: run as root, or install sudo. It was: $*"
    fi
}

# digest_of FILE|STRING...: one SHA-256 over the given files' contents and other arguments.
digest_of() {
    local item
    for item in "$@"; do
        if [ -f "$item" ]; then
            sha256sum <"$item"
        else
            printf '%s\n' "$item"
        fi
    done | sha256sum | cut -d' ' -f1
}

# fresh STAMP DIGEST: true when the stamp file says that this recipe was already carried out.
fresh() { [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]; }

# elapsed SECONDS_AT_START: whole seconds since then.
elapsed() { echo $((SECONDS - $1)); }
