#!/usr/bin/env python3
"""openssl on the last signature of a sealed PDF that holds a GB/T 38540 seal.

Usage: check_one.py SEALED.pdf SEAL.esl WORK_FOLDER
"""
import pathlib
import subprocess
import sys

import check_seal as judge


def main():
    pdf, esl, folder = map(pathlib.Path, sys.argv[1:])
    folder.mkdir(parents=True, exist_ok=True)
    covered, container, opening, closing = judge.contents_of(pdf)
    assert opening + closing == b'<>'
    to_sign, certificate, signature = judge.signature_parts(container)
    for name, data in (('message', to_sign), ('certificate', certificate), ('signature', signature), ('covered', covered)):
        (folder / name).write_bytes(data)
    openssl = ['openssl', 'x509', '-inform', 'DER', '-in', folder / 'certificate', '-pubkey', '-noout', '-out', folder / 'key']
    subprocess.run(openssl, check=True)
    said = judge.run('openssl', 'dgst', '-sm3', '-verify', folder / 'key', '-sigopt', judge.DISTID, '-signature',
                     folder / 'signature', folder / 'message').stdout
    assert 'Verified OK' in said, said
    members = judge.values(judge.values(to_sign)[0][1])
    digest = bytes.fromhex(judge.must('openssl', 'dgst', '-sm3', folder / 'covered').split()[-1])
    assert members[3][1] == b'\0' + digest, 'dataHash'
    assert members[1][2] == esl.read_bytes(), 'another seal'
    print('openssl: signature, digest and seal are right')


if __name__ == '__main__':
    main()
