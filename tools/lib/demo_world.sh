#!/usr/bin/env bash
# Makes what tools/run shows: a test CA, a software UKey of a company, and two tender files of an
# example platform. Usage: demo_world.sh FOLDER; BIDSEAL_SOFTUKEY_DIR says where the UKey goes.
# Keys and PINs of it are for trying only.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
world=$1
programs=$BIDSEAL_BUILD/native/bin
pin=135790

if [ ! -f "$world/root.pem" ]; then
    rm -rf "$world/ca" "$world/platform" "${BIDSEAL_SOFTUKEY_DIR:?}"
    mkdir -p "$world" "$BIDSEAL_SOFTUKEY_DIR"
    {
        "$programs/bidseal-testca" init "$world/ca"
        "$programs/bidseal-testca" ukey "$world/ca" --name 东海建设有限公司 --code 91310000MA1FL0XX0A \
            --device donghai --pin $pin --admin-pin 24680135 \
            --library "$BIDSEAL_BUILD/native/lib/libbidseal_softukey.so"
        "$programs/bidseal-testca" platform "$world/ca" --name 示例平台 --code 91310000MA1PLATF0B \
            --out "$world/platform"
    } >"$world/made.log"
    cp "$world/ca/issuing.crt" "$world/issuing.pem"
    # The last thing made: with it the world is complete.
    cp "$world/ca/root.crt" "$world/root.pem"
fi

# tender NAME DEADLINE OPENING: the example of the command line with times that lie ahead.
tender() {
    local at='+%Y-%m-%dT%H:%M:%SZ'
    "$programs/bidseal" tender new --example |
        sed -e "s/\"published\": \"[^\"]*\"/\"published\": \"$(date -u -d '-1 day' "$at")\"/" \
            -e "s/\"deadline\": \"[^\"]*\"/\"deadline\": \"$(date -u -d "$2" "$at")\"/" \
            -e "s/\"opening\": \"[^\"]*\"/\"opening\": \"$(date -u -d "$3" "$at")\"/" >"$world/$1.json"
    "$programs/bidseal" tender new --quiet --force --from "$world/$1.json" --root "$world/root.pem" \
        --intermediate "$world/issuing.pem" --platform-cert "$world/platform/sign.crt" \
        --platform-key "$world/platform/sign.key" \
        --platform-encrypt-cert "$world/platform/enc.crt" --out "$world/$1.tender"
}
tender week '+7 days' '+7 days 30 minutes'
tender soon '+15 minutes' '+16 minutes'

say "UKey:   software UKey \"donghai\", PIN $pin"
say "tender: $world/week.tender (a week to the deadline)"
say "        $world/soon.tender (15 minutes to the deadline, a minute more to the opening)"
