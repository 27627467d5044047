#!/usr/bin/env bash
# Makes the certificates, lists and keys of this folder with OpenSSL 3.0: make.sh [FOLDER]
# The keys are test secrets: public, worthless, and never to be trusted anywhere.
set -euo pipefail
out=$(realpath "${1:-$(dirname "$0")}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
id=distid:1234567812345678
begin=20260101000000Z end=20360101000000Z

cat >ca.cnf <<'CNF'
[req]
distinguished_name = none
prompt = no
utf8 = yes
string_mask = utf8only
[none]
[ca]
database = ./index.txt
new_certs_dir = .
serial = ./serial
crlnumber = ./crlnumber
policy = any
unique_subject = no
copy_extensions = none
default_md = sm3
email_in_dn = no
utf8 = yes
string_mask = utf8only
[any]
countryName = optional
organizationName = optional
organizationalUnitName = optional
commonName = optional
serialNumber = optional
organizationIdentifier = optional
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[intermediate]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[no_crl_sign]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[no_cert_sign]
basicConstraints = critical,CA:TRUE
keyUsage = critical,digitalSignature,cRLSign
[no_authority]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature,keyCertSign
[sign]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature,nonRepudiation
crlDistributionPoints = URI:http://crl.example/1.crl
1.2.156.10260.4.4 = ASN1:PRINTABLESTRING:91310000MA1K35X000
[sign_old_code]
keyUsage = digitalSignature
1.2.156.10260.4.1.4 = DER:39:31:33:31:30:30:30:30:4d:41:31:4b:33:35:58:30:30:30
[encrypt]
keyUsage = critical,keyEncipherment,dataEncipherment,keyAgreement
1.2.156.10260.4.4 = ASN1:PRINTABLESTRING:91310000MA1K35X000
[international]
keyUsage = critical,digitalSignature,nonRepudiation,keyEncipherment
extendedKeyUsage = emailProtection
[time_stamping]
extendedKeyUsage = critical,timeStamping
[unknown_critical]
keyUsage = digitalSignature
1.2.3.4.5 = critical,ASN1:NULL
[name_constraints]
basicConstraints = critical,CA:TRUE
nameConstraints = critical,permitted;dirName:subtree
[subtree]
O = Anyone
[plain]
[crl]
[delta_crl]
2.5.29.27 = critical,ASN1:INTEGER:1
[plain_delta_crl]
2.5.29.27 = ASN1:INTEGER:1
[indirect_crl]
issuingDistributionPoint = critical,@indirect
[indirect]
fullname = URI:http://crl.example/1.crl
indirectCRL = TRUE
[partition_crl]
issuingDistributionPoint = critical,@partition
[partition]
fullname = URI:http://crl.example/1.crl
[other_partition_crl]
issuingDistributionPoint = critical,@other_partition
[other_partition]
fullname = URI:http://crl.example/2.crl
[unknown_critical_crl]
1.2.3.4.5 = critical,ASN1:NULL
CNF
echo 01 >crlnumber
: >index.txt

key() { # NAME KIND
    case $2 in
        sm2) openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:SM2 -out "$1.key" ;;
        p256) openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key" ;;
        rsa*) openssl genpkey -algorithm RSA -pkeyopt "rsa_keygen_bits:${2#rsa}" -out "$1.key" ;;
        p384) openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out "$1.key" ;;
    esac 2>/dev/null
}
digest() { if openssl pkey -in "$1.key" -noout -text 2>/dev/null | grep -q 'CURVE: SM2\|ASN1 OID: SM2'; then echo sm3; else echo sha256; fi; }
sigopt() { if [ "$(digest "$1")" = sm3 ]; then echo "-sigopt $id"; fi; }

# issue NAME KIND ISSUER PROFILE SUBJECT [BEGIN END]: NAME.der with NAME.key; ISSUER "self" for a root
issue() {
    local name=$1 kind=$2 issuer=$3 profile=$4 subject=$5 from=${6:-$begin} to=${7:-$end}
    local signer="-cert $issuer.pem -keyfile $issuer.key" by=$issuer
    [ -f "$name.key" ] || key "$name" "$kind"
    # shellcheck disable=SC2046
    openssl req -new -config ca.cnf -key "$name.key" -utf8 -subj "$subject" -"$(digest "$name")" \
        $(sigopt "$name") -out "$name.csr" 2>/dev/null
    if [ "$issuer" = self ]; then signer="-selfsign -keyfile $name.key" by=$name; fi
    openssl rand -hex 16 | sed 's/^./1/' >serial
    # shellcheck disable=SC2046,SC2086
    openssl ca -batch -config ca.cnf -name ca -extensions "$profile" $signer -in "$name.csr" \
        $(sigopt "$name" | sed s/sig/vfy/) -md "$(digest "$by")" $(sigopt "$by") -startdate "$from" -enddate "$to" -notext \
        -out "$name.pem" >ca.log 2>&1 && [ -s "$name.pem" ] || { cat ca.log; exit 1; }
    openssl x509 -in "$name.pem" -outform DER -out "$name.der"
}

# list NAME ISSUER PROFILE FROM TO: a revocation list NAME.crl of what index.txt holds
list() {
    # shellcheck disable=SC2046
    openssl ca -gencrl -config ca.cnf -name ca -cert "$2.pem" -keyfile "$2.key" -crlexts "$3" \
        -md "$(digest "$2")" $(sigopt "$2") -crl_lastupdate "$4" -crl_nextupdate "$5" \
        -out "$1.crl.pem" >ca.log 2>&1 || { cat ca.log; exit 1; }
    openssl crl -in "$1.crl.pem" -outform DER -out "$1.crl"
}

company='/C=CN/O=上海示例建设有限公司/CN=投标证书'
issue root sm2 self root '/C=CN/O=Example Root CA/CN=Example SM2 Root'
issue intermediate sm2 root intermediate '/C=CN/O=Example CA/CN=Example SM2 CA 1'
issue sm2_sign sm2 intermediate sign "$company"
issue sm2_encrypt sm2 intermediate encrypt "$company"
issue sm2_old_code sm2 intermediate sign_old_code "$company"
issue sm2_expired sm2 intermediate sign "$company" 20250101000000Z 20260101000000Z
issue sm2_revoked sm2 intermediate sign "$company"
issue sm2_time_stamping sm2 intermediate time_stamping "$company"
issue sm2_unknown_critical sm2 intermediate unknown_critical "$company"
issue sm2_under_leaf sm2 sm2_sign sign "$company"
issue deep_ca sm2 intermediate root '/CN=CA below a path length of 0'
issue sm2_too_deep sm2 deep_ca sign "$company"
issue constrained_ca sm2 root name_constraints '/CN=Constrained CA'
issue sm2_constrained sm2 constrained_ca sign "$company"
issue other_root sm2 self root '/C=CN/O=Example Root CA/CN=Example SM2 Root'
issue sm2_other sm2 other_root sign "$company"
issue sm2_other_encrypt sm2 other_root encrypt "$company"
issue rsa_root rsa2048 self root '/C=XX/O=Example International/CN=Example RSA Root'
issue rsa rsa2048 rsa_root international '/C=XX/O=Example Works Ltd/CN=Signer/organizationIdentifier=VATXX-123456/serialNumber=7'
issue p256 p256 rsa_root international '/C=XX/O=Works\, \"Great\" \+ #1 <Ltd>/CN=P-256'
issue p256_root p256 self root '/C=XX/CN=Example P-256 Root'
issue sm2_by_p256 sm2 p256_root sign "$company"
issue rsa1024 rsa1024 rsa_root plain '/CN=weak'
issue p384 p384 rsa_root plain '/CN=unsupported curve'
issue quiet_ca sm2 root no_crl_sign '/CN=CA that may not sign lists'
issue sm2_quiet sm2 quiet_ca plain '/CN=below the quiet CA'
issue lists_only_root sm2 self no_cert_sign '/CN=root that may sign lists alone'
issue sm2_under_lists_only sm2 lists_only_root sign "$company"
issue no_authority_root sm2 self no_authority '/CN=root that is no authority'
issue sm2_under_no_authority sm2 no_authority_root sign "$company"

# Only the revoked one stands on the lists, since 1 February 2026.
sed -i '/^R/d' index.txt
openssl ca -config ca.cnf -name ca -revoke sm2_revoked.pem -crl_reason keyCompromise -keyfile intermediate.key \
    -cert intermediate.pem >/dev/null 2>&1
sed -i -E 's/^(R\t[^\t]*\t)[^\t]*(\t)/\1260201000000Z,keyCompromise\2/' index.txt
list intermediate intermediate crl 20260301000000Z 20260401000000Z
list old intermediate crl 20260201000000Z 20260301000000Z
list delta intermediate delta_crl 20260301000000Z 20260401000000Z
list plain_delta intermediate plain_delta_crl 20260301000000Z 20260401000000Z
list indirect intermediate indirect_crl 20260301000000Z 20260401000000Z
list partition intermediate partition_crl 20260301000000Z 20260401000000Z
list other_partition intermediate other_partition_crl 20260301000000Z 20260401000000Z
list unknown_critical intermediate unknown_critical_crl 20260301000000Z 20260401000000Z
: >index.txt
list root root crl 20260301000000Z 20260401000000Z
list impostor other_root crl 20260301000000Z 20260401000000Z
list quiet quiet_ca crl 20260301000000Z 20260401000000Z

# Keys of those that sign or decrypt in tests, also the way OpenSSL encrypts them.
for name in sm2_sign sm2_encrypt p256 rsa; do cp "$name.key" "$out/$name.test-secret.pem"; done
openssl pkcs8 -topk8 -in sm2_sign.key -v2 aes-256-cbc -passout pass:test-secret -out "$out/sm2_sign.aes256.test-secret.pem"
openssl pkcs8 -topk8 -in rsa.key -v2 aes-128-cbc -v2prf hmacWithSHA1 -passout pass:test-secret -out "$out/rsa.aes128.test-secret.pem"
openssl pkcs8 -topk8 -in p256.key -v2 sm4-cbc -passout pass:test-secret -out "$out/p256.sm4.test-secret.pem"
openssl ec -in sm2_sign.key -out "$out/sm2_sign.sec1.test-secret.pem" 2>/dev/null
cat sm2_sign.pem intermediate.pem root.pem >"$out/bundle.pem"
cp intermediate.crl.pem "$out/"
cp ./*.der ./*.crl "$out/"
echo "made $(ls ./*.der | wc -l) certificates and $(ls ./*.crl | wc -l) lists"
