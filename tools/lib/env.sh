# Source this to work in a shell with the project's own Node and settings: . tools/lib/env.sh
# shellcheck shell=bash
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
