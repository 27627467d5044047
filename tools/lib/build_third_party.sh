#!/usr/bin/env bash
# Builds Botan, zlib and the QR encoder as static libraries into .deps/VARIANT/{include,lib}.
# VARIANT is native (g++, the product), asan (clang with address and undefined-behaviour
# sanitizers, the tests) or wasm (Emscripten). Nothing is done when the recipe is unchanged.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

variant=${1:?usage: build_third_party.sh native|asan|wasm}
final=$BIDSEAL_DEPS/$variant
prefix=$BIDSEAL_DEPS/work-$variant/install
work=$BIDSEAL_DEPS/work-$variant
compat=$BIDSEAL_ROOT/tools/cmake/compat

# What the core, the test CA and the software UKey use. No TLS, no files, no threads.
modules=asn1,base64,bigint,block,cbc,ctr,ec_group,ecc_key,ecdsa,eme_oaep,eme_pkcs1,emsa_pkcs1
modules+=,emsa_pssr,emsa_raw,gcm,ghash,hash,hex,hkdf,hmac,kdf,kdf2,keypair,mac,modes,pbes2,pbkdf2
modules+=,pcurves_secp256r1,pcurves_sm2p256v1,pem,pubkey,raw_hash,rng,rsa,sha1,sha2_32,sha2_64
modules+=,sm2,sm3,sm4,utils,x509

reproducible=(-ffile-prefix-map="$BIDSEAL_DEPS"=/deps -ffile-prefix-map="$compat"=/compat)
botan_extra=()
case $variant in
    native)
        cxx=g++ cc=gcc ar=ar
        # Random numbers of the system and the processor's own SM4, SHA and GHASH instructions.
        modules+=,auto_rng,hmac_drbg,system_rng,getentropy,ghash_cpu,ghash_vperm,sm4_gfni
        # AES opens the key files that openssl writes (PBES2).
        modules+=,sha2_32_x86,sha1_x86,aes
        botan_extra=(--cc=gcc)
        flags=(-O3 -fPIC -fstack-protector-strong -D_FORTIFY_SOURCE=2 -pthread)
        ;;
    asan)
        cxx=clang++-14 cc=clang-14 ar=llvm-ar-14
        modules+=,auto_rng,hmac_drbg,system_rng,getentropy,ghash_cpu,ghash_vperm,sm4_gfni
        modules+=,sha2_32_x86,sha1_x86,aes
        botan_extra=(--cc=clang)
        flags=(-O1 -gline-tables-only -fPIC -fno-omit-frame-pointer -fsanitize=address,undefined
            -fno-sanitize-recover=undefined -pthread)
        ;;
    wasm)
        cxx=em++ cc=emcc ar=emar
        # The page injects random numbers, so no random source of the system is built in.
        botan_extra=(--cc=emcc --cpu=wasm --os=emscripten
            --without-os-features=filesystem,dev_random,posix1)
        # Scalar on purpose: with -msimd128 the compiler vectorises SM3 and makes it slower.
        flags=(-O3 -fwasm-exceptions -include "$compat/three_way_comparable.h")
        ;;
    *) die "unknown variant $variant" ;;
esac
[ -x "$(command -v "$cxx")" ] || die "$cxx is missing; run tools/setup"

sums=$(awk '$1 != "suite" && !/^#/ { print $4 }' "$BIDSEAL_ROOT/tools/lib/sources.lock")
recipe=$(digest_of "${BASH_SOURCE[0]}" "$compat/three_way_comparable.h" "$sums" \
    "$("$cxx" --version | head -n 1)")
if fresh "$final/.stamp" "$recipe"; then exit 0; fi
# One build of a variant at a time; whoever waited finds it done.
mkdir -p "$BIDSEAL_DEPS"
exec 9>"$BIDSEAL_DEPS/.lock-$variant"
flock 9
if fresh "$final/.stamp" "$recipe"; then exit 0; fi

launcher=()
if command -v ccache >/dev/null 2>&1 && [ "$variant" != wasm ]; then launcher=(ccache); fi
start=$SECONDS
say "building Botan, zlib and the QR encoder ($variant)"
rm -rf "$work"
mkdir -p "$prefix/include" "$prefix/lib" "$work"
cd "$work"

compile() { "${launcher[@]}" "$@" "${flags[@]}" "${reproducible[@]}"; }

# Botan as one generated source file; we compile it ourselves, so the flags stand here alone.
python3 "$BIDSEAL_DEPS/src/botan/configure.py" --minimized-build --enable-modules="$modules" \
    --amalgamation --disable-shared-library --without-documentation \
    --without-compilation-database --build-targets=static --with-build-dir="$work/botan" \
    "${botan_extra[@]}" >configure.log 2>&1 || { tail -n 20 configure.log >&2; die "Botan's configure.py failed"; }
cp -RL botan/build/include/public/botan "$prefix/include/"
compile "$cxx" -std=c++20 -D_REENTRANT -w -c botan_all.cpp -o botan_all.o \
    -I botan/build/include/public >botan.log 2>&1 || { tail -n 40 botan.log >&2; die "Botan did not compile"; }
"$ar" cr "$prefix/lib/libbotan-3.a" botan_all.o

zlib_flags=("${flags[@]}")
if [ "$variant" = wasm ]; then zlib_flags=(-O3 -fwasm-exceptions); fi
zlib=$BIDSEAL_DEPS/src/zlib
for name in adler32 crc32 deflate inflate inffast inftrees trees zutil compress uncompr; do
    "${launcher[@]}" "$cc" -std=c99 -w "${zlib_flags[@]}" "${reproducible[@]}" -c "$zlib/$name.c" -o "$name.o"
done
"$ar" cr "$prefix/lib/libz.a" adler32.o crc32.o deflate.o inflate.o inffast.o inftrees.o trees.o \
    zutil.o compress.o uncompr.o
cp "$zlib/zlib.h" "$zlib/zconf.h" "$prefix/include/"

qr=$BIDSEAL_DEPS/src/qrcodegen/cpp
compile "$cxx" -std=c++20 -w -c "$qr/qrcodegen.cpp" -o qrcodegen.o
"$ar" cr "$prefix/lib/libqrcodegen.a" qrcodegen.o
cp "$qr/qrcodegen.hpp" "$prefix/include/"

mkdir -p "$prefix/licenses"
cp "$BIDSEAL_DEPS/src/botan/license.txt" "$prefix/licenses/botan.txt"
cp "$zlib/LICENSE" "$prefix/licenses/zlib.txt"
cp "$BIDSEAL_DEPS/src/qrcodegen/Readme.markdown" "$prefix/licenses/qrcodegen.txt"

printf '%s\n' "$recipe" >"$prefix/.stamp"
size=$(du -ch "$prefix"/lib/*.a | tail -n 1 | cut -f1)
cd "$BIDSEAL_ROOT"
rm -rf "$final"
mv "$prefix" "$final"
rm -rf "$work"
say "  done in $(elapsed "$start") s: $size"
