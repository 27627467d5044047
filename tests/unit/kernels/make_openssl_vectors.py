#!/usr/bin/env python3
"""Writes openssl_vectors.inc: what OpenSSL says about messages that the tests can rebuild.

Usage: python3 make_openssl_vectors.py > openssl_vectors.inc
Made with OpenSSL 3.0; the commands are `openssl enc -sm4-ctr -K KEY -iv IV` and
`openssl dgst -sm3 -binary`. Byte i of the message of n bytes is (7i + 13·floor(i/256) + 5) mod 256.
"""

import subprocess

KEY = "0123456789abcdeffedcba9876543210"
IVS = [
    "000102030405060708090a0b0c0d0e0f",
    "000000000000000000000000000000ff",
    "0123456789abcdef01234567ffffffff",
    "0123456789abcdefffffffffffffffc1",
    "ffffffffffffffffffffffffffffff80",
    "ffffffffffffffffffffffffffffffff",
]
LENGTHS = [1, 15, 16, 17, 2047, 2048, 2049, 4103, 262144]
SM3_LENGTHS = range(201)


def message(length):
    return bytes((7 * i + 13 * (i // 256) + 5) % 256 for i in range(length))


def openssl(arguments, data):
    return subprocess.run(["openssl", *arguments], input=data, stdout=subprocess.PIPE, check=True).stdout


def sm3(data):
    return openssl(["dgst", "-sm3", "-binary"], data)


def main():
    print("// Written by make_openssl_vectors.py; do not edit.")
    print(f'const char* const ctr_key = "{KEY}";')
    print("// iv, length, SM3 of the ciphertext")
    print("const CtrVector ctr_vectors[] = {")
    for iv in IVS:
        for length in LENGTHS:
            ciphertext = openssl(["enc", "-sm4-ctr", "-K", KEY, "-iv", iv], message(length))
            assert len(ciphertext) == length
            print(f'    {{"{iv}", {length},\n     "{sm3(ciphertext).hex()}"}},')
    print("};")
    digests = [sm3(message(length)) for length in SM3_LENGTHS]
    print("// The first four bytes of SM3 of the messages of 0, 1, … bytes")
    print("const std::uint32_t sm3_heads[] = {")
    for row in range(0, len(digests), 8):
        print("    " + " ".join(f"0x{d[:4].hex()}," for d in digests[row:row + 8]))
    print("};")
    print("// SM3 of those digests, one after the other")
    print(f'const char* const sm3_of_digests = "{sm3(b"".join(digests)).hex()}";')


if __name__ == "__main__":
    main()
