#!/usr/bin/env bash
# Makes the certificates and keys of keys/ with OpenSSL 3.0:
#   make_keys.sh all|selfmade [FOLDER]
# `selfmade` makes only those that no authority issued, and leaves the others as they are.
# The keys are test secrets: public, worthless, and never to be trusted anywhere. New keys mean new
# vectors: run the test program of tests/unit/bid with BIDSEAL_WRITE_VECTORS=1 afterwards.
set -euo pipefail
what=$1
out=$(realpath "${2:-$(dirname "$0")/keys}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
id=distid:1234567812345678

profiles() { # CODE
    cat <<CNF
[req]
distinguished_name = none
prompt = no
[none]
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
[sign]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature,nonRepudiation
1.2.156.10260.4.4 = ASN1:PRINTABLESTRING:$1
[encrypt]
basicConstraints = CA:FALSE
keyUsage = critical,keyEncipherment,dataEncipherment,keyAgreement
1.2.156.10260.4.4 = ASN1:PRINTABLESTRING:$1
[bare]
basicConstraints = CA:FALSE
1.2.156.10260.4.4 = ASN1:PRINTABLESTRING:$1
CNF
}

key() { # NAME KIND
    if [ "$2" = rsa ]; then
        openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$1.key"
    else
        openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:SM2 -out "$1.key"
    fi 2>/dev/null
}

# issue NAME KIND PROFILE CODE SUBJECT SERIAL DAYS
issue() {
    local name=$1 opt="-sigopt $id" digest=sm3
    key "$name" "$2"
    if [ "$2" = rsa ]; then opt="" digest=sha256; fi
    profiles "$4" >p.cnf
    # shellcheck disable=SC2086
    openssl req -new -config p.cnf -utf8 -key "$name.key" -subj "$5" $opt -$digest -out "$name.csr"
    # shellcheck disable=SC2086
    openssl x509 -req -in "$name.csr" ${opt/sigopt/vfyopt} -CA root.pem -CAkey root.key -sm3 -sigopt $id \
        -set_serial "$6" -days "$7" -extfile p.cnf -extensions "$3" -outform DER -out "$name.der" 2>/dev/null
    cp "$name.der" "$out/"
    cp "$name.key" "$out/$name.test-secret.pem"
}

# revocation_list SERIAL ISSUER FILE: names one revoked certificate
revocation_list() {
    cat >ca.cnf <<'CNF'
[ca]
database = ./index.txt
crlnumber = ./crlnumber
default_md = sm3
default_crl_days = 7300
CNF
    echo 01 >crlnumber
    printf 'R\t400101000000Z\t%s\t%s\tunknown\t/CN=bid\n' "$(date -u +%y%m%d%H%M%SZ)" "$1" >index.txt
    openssl ca -gencrl -config ca.cnf -name ca -cert "$2.pem" -keyfile "$2.key" -sigopt $id -out list.crl 2>/dev/null
    openssl crl -in list.crl -outform DER -out "$out/$3"
}

# selfmade NAME PROFILE CODE SUBJECT SERIAL: what anybody can make, in any company's name
selfmade() {
    key "$1" sm2
    profiles "$3" >p.cnf
    openssl req -x509 -new -config p.cnf -utf8 -key "$1.key" -subj "$4" -sm3 -sigopt $id -set_serial "$5" -days 7300 \
        -extensions "$2" -outform DER -out "$out/$1.der"
    cp "$1.key" "$out/$1.test-secret.pem"
}

mkdir -p "$out"
a=91310000MA1K35X000 b=91310000MA1K35X111
selfmade selfmade_encrypt encrypt $a '/C=CN/O=上海示例建设有限公司/CN=bid' 0x5001
selfmade no_usage bare $a '/C=CN/O=上海示例建设有限公司/CN=bid' 0x5002
key false_root sm2
profiles 0 >p.cnf
openssl req -x509 -new -config p.cnf -key false_root.key -subj '/C=CN/O=Test CA/CN=Test Root' -sm3 \
    -sigopt $id -days 7300 -extensions root -out false_root.pem
revocation_list 2001 false_root false.crl
if [ "$what" = selfmade ]; then exit 0; fi

key root sm2
profiles 0 >p.cnf
openssl req -x509 -new -config p.cnf -key root.key -subj '/C=CN/O=Test CA/CN=Test Root' -sm3 \
    -sigopt $id -days 7300 -extensions root -out root.pem
openssl x509 -in root.pem -outform DER -out "$out/root.der"

issue platform_sign sm2 sign 91310000MA1K35X999 '/C=CN/O=示例交易平台/CN=platform' 0x1001 7300
issue platform_encrypt sm2 encrypt 91310000MA1K35X999 '/C=CN/O=示例交易平台/CN=platform' 0x1002 7300
issue supplier_sign sm2 sign $a '/C=CN/O=上海示例建设有限公司/CN=bid' 0x2001 7300
issue supplier_encrypt sm2 encrypt $a '/C=CN/O=上海示例建设有限公司/CN=bid' 0x2002 7300
issue renewed_sign sm2 sign $a '/C=CN/O=上海示例建设有限公司/CN=bid' 0x2003 7300
issue renewed_encrypt sm2 encrypt $a '/C=CN/O=上海示例建设有限公司/CN=bid' 0x2004 7300
issue short_encrypt sm2 encrypt $a '/C=CN/O=上海示例建设有限公司/CN=bid' 0x2005 30
issue supplier_rsa rsa encrypt $a '/C=CN/O=上海示例建设有限公司/CN=bid' 0x2006 7300
issue rival_sign sm2 sign $b '/C=CN/O=Rival Ltd/CN=bid' 0x3001 7300
issue rival_encrypt sm2 encrypt $b '/C=CN/O=Rival Ltd/CN=bid' 0x3002 7300
for i in 1 2 3; do
    issue rescue$i sm2 encrypt 91310000MA1K35X88$i "/C=CN/O=Rescue $i/CN=rescue" 0x400$i 7300
done

# A revoked signing certificate, and the list that says so.
issue revoked_sign sm2 sign $a '/C=CN/O=上海示例建设有限公司/CN=bid' 0x2007 7300
revocation_list 2007 root root.crl
