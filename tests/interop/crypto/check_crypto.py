#!/usr/bin/env python3
"""Lets OpenSSL, BouncyCastle and sm-crypto-v2 judge what the core writes, and the core what they write.

Usage: check_crypto.py HELPER WORK_FOLDER [NODE SM_CRYPTO_PACKAGE]
HELPER is interop_crypto. Certificates and keys: tests/vectors/certificates.
"""
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
FIXTURES = HERE.parents[1] / 'vectors' / 'certificates'
JARS = ':'.join(f'/usr/share/java/{name}.jar' for name in ('bcprov', 'bcpkix', 'bcutil'))
DISTID = 'distid:1234567812345678'
CONTENT = '{"type":"SBID1-index","supplier":"上海示例建设有限公司"}'.encode()
helper = None
passed = failed = 0


def check(name, good):
    """Counts one comparison."""
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    print(('ok: ' if good else 'FAILED: ') + name, flush=True)


def run(*command, data=b''):
    """Exit code 0, and what the program wrote."""
    result = subprocess.run([str(c) for c in command], input=data, capture_output=True)
    if result.returncode != 0:
        sys.stdout.write(result.stderr.decode(errors='replace')[-600:])
    return result.returncode == 0, result.stdout


def fails(*command, data=b''):
    """Whether the program refuses with exit code 1 (not by falling over)."""
    return subprocess.run([str(c) for c in command], input=data, capture_output=True).returncode == 1


def ours(command, *files, data=CONTENT):
    """The core's output; stops when it fails."""
    good, out = run(helper, command, *files, data=data)
    if not good:
        raise SystemExit(f'interop_crypto {command} failed')
    return out


def der(data):
    """Tag, content and whole of the DER values in a byte string."""
    values = []
    while data:
        size, head = data[1], 2
        if size >= 0x80:
            head = 2 + (size & 0x7f)
            size = int.from_bytes(data[2:head], 'big')
        values.append((data[0], data[head:head + size], data[:head + size]))
        data = data[head + size:]
    return values


def signer_info(signed_data):
    """The members of the one SignerInfo."""
    content = der(der(der(signed_data)[0][1])[1][1])[0][1]
    return der(der(der(content)[-1][1])[0][1])


def raw_cipher(data):
    """04 | C1 | C3 | C2 of an SM2Cipher."""
    x, y, c3, c2 = (v[1] for v in der(der(data)[0][1]))
    return b'\x04' + x[-32:].rjust(32, b'\0') + y[-32:].rjust(32, b'\0') + c3 + c2


def integer(data):
    """DER INTEGER of a 32-byte number."""
    data = data.lstrip(b'\0') or b'\0'
    return bytes([2, len(data) + (data[0] >> 7)]) + b'\0' * (data[0] >> 7) + data


def sm2_cipher(raw):
    """SM2Cipher of 04 | C1 | C3 | C2."""
    body = integer(raw[1:33]) + integer(raw[33:65]) + b'\x04\x20' + raw[65:97]
    body += bytes([4, len(raw) - 97]) + raw[97:]
    assert len(body) < 256
    return b'\x30' + (bytes([len(body)]) if len(body) < 128 else bytes([0x81, len(body)])) + body


class Files:
    """Fixtures, and files of this run."""

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, name, data=None):
        path = self.folder / name
        if data is not None:
            path.write_bytes(data)
        return path

    @staticmethod
    def key(name):
        return FIXTURES / f'{name}.test-secret.pem'

    @staticmethod
    def cert(name):
        return FIXTURES / f'{name}.der'


def openssl_sm2(f):
    """Bare SM2 signatures and ciphertexts against OpenSSL."""
    message = f('message', CONTENT)
    public = f('sm2.pub')
    run('openssl', 'pkey', '-in', f.key('sm2_sign'), '-pubout', '-out', public)
    signature = f('ours.sig', ours('sign', f.key('sm2_sign')))
    verify = ['openssl', 'dgst', '-sm3', '-sigopt', DISTID, '-verify', public, '-signature']
    check('OpenSSL verifies our SM2 signature', run(*verify, signature, message)[0])
    check('OpenSSL refuses it over another message',
          fails(*verify, signature, f('other', CONTENT + b'x')))
    run('openssl', 'dgst', '-sm3', '-sigopt', DISTID, '-sign', f.key('sm2_sign'), '-out',
        f('theirs.sig'), message)
    check("we verify OpenSSL's SM2 signature",
          run(helper, 'verify', f.cert('sm2_sign'), f('theirs.sig'), data=CONTENT)[0])
    check('we refuse it over another message',
          fails(helper, 'verify', f.cert('sm2_sign'), f('theirs.sig'), data=CONTENT + b'x'))

    for size in (1, 16, 48, 200):
        plain = bytes(range(size))
        cipher = f('ours.sm2', ours('encrypt', f.cert('sm2_encrypt'), data=plain))
        good, out = run('openssl', 'pkeyutl', '-decrypt', '-inkey', f.key('sm2_encrypt'), '-pkeyopt',
                        'digest:sm3', '-in', cipher)
        check(f'OpenSSL decrypts our SM2 ciphertext of {size} bytes', good and out == plain)
        run('openssl', 'pkeyutl', '-encrypt', '-inkey', f.key('sm2_encrypt'), '-pkeyopt', 'digest:sm3',
            '-in', f('plain', plain), '-out', f('theirs.sm2'))
        good, out = run(helper, 'decrypt', f.key('sm2_encrypt'), data=f('theirs.sm2').read_bytes())
        check(f"we decrypt OpenSSL's SM2 ciphertext of {size} bytes", good and out == plain)


def openssl_messages(f):
    """SignedData and EnvelopedData against OpenSSL."""
    message = f('message', CONTENT)
    signed = ours('signed-data', f.key('sm2_sign'), f.cert('sm2_sign'), 'detached', f.cert('intermediate'))
    cut = f('cut.sig', signer_info(signed)[4][1])
    check('OpenSSL verifies the signature cut out of our GB/T 35275 SignedData',
          run('openssl', 'dgst', '-sm3', '-sigopt', DISTID, '-verify', f('sm2.pub'), '-signature', cut,
              message)[0])
    check('OpenSSL parses our SignedData to its end',
          run('openssl', 'asn1parse', '-inform', 'DER', '-in', f('ours.p7s', signed))[0])

    root = f('rsa_root.pem')
    run('openssl', 'x509', '-inform', 'DER', '-in', f.cert('rsa_root'), '-out', root)
    for name in ('rsa', 'p256'):
        pem = f(f'{name}.pem')
        run('openssl', 'x509', '-inform', 'DER', '-in', f.cert(name), '-out', pem)
        for form in ('detached', 'embedded'):
            signed = f('ours.p7s', ours('signed-data', f.key(name), f.cert(name), form))
            content = ['-content', message] if form == 'detached' else []
            good, out = run('openssl', 'cms', '-verify', '-binary', '-inform', 'DER', '-in', signed, *content,
                            '-CAfile', root, '-attime', '1773532800')
            check(f'OpenSSL verifies our {form} {name} SignedData', good and out == CONTENT)
        for option in ([], ['-noattr']):
            run('openssl', 'cms', '-sign', '-binary', '-outform', 'DER', '-md', 'sha256', '-in', message,
                '-signer', pem, '-inkey', f.key(name), '-out', f('theirs.p7s'), *option)
            good, out = run(helper, 'verify-signed-data', f('theirs.p7s'), f.cert(name), data=CONTENT)
            expected = b'content' if option else b'attributes'
            check(f"we verify OpenSSL's {name} SignedData over {expected.decode()}",
                  good and out == expected)
            check('and refuse it over another content',
                  fails(helper, 'verify-signed-data', f('theirs.p7s'), f.cert(name), data=CONTENT + b'x'))

    for profile, command in (('SHA-256', 'envelope'), ('SHA-1', 'envelope-sha1')):
        envelope = f('ours.p7m', ours(command, f.cert('rsa')))
        good, out = run('openssl', 'cms', '-decrypt', '-inform', 'DER', '-in', envelope, '-inkey',
                        f.key('rsa'), '-recip', f('rsa.pem'))
        check(f'OpenSSL opens our RSA EnvelopedData (OAEP, {profile})', good and out == CONTENT)
    for options, ours_option in (([], ['sha1']), (['-keyopt', 'rsa_oaep_md:sha256'], [])):
        run('openssl', 'cms', '-encrypt', '-binary', '-sm4-cbc', '-outform', 'DER', '-in', message, '-recip',
            f('rsa.pem'), '-keyopt', 'rsa_padding_mode:oaep', *options, '-out', f('theirs.p7m'))
        good, out = run(helper, 'open', f.key('rsa'), f.cert('rsa'), f('theirs.p7m'), *ours_option)
        check(f"we open OpenSSL's RSA EnvelopedData {options}", good and out == CONTENT)


def bouncy_castle(f):
    """SignedData and EnvelopedData with SM2 against BouncyCastle."""
    classes = f('classes')
    classes.mkdir()
    if not run('javac', '-cp', JARS, '-d', classes, HERE / 'Others.java')[0]:
        raise SystemExit('Others.java does not compile')
    java = ['java', '-cp', f'{JARS}:{classes}', 'Others']
    message, other = f('message', CONTENT), f('other', CONTENT + b'x')
    signed = f('ours.p7s', ours('signed-data', f.key('sm2_sign'), f.cert('sm2_sign'), 'detached',
                                f.cert('intermediate'), f.cert('root')))
    check('BouncyCastle verifies our SM2 SignedData', run(*java, 'verify', signed, message)[0])
    check('BouncyCastle refuses it over another content', fails(*java, 'verify', signed, other))
    for how, expected in (('attributes', b'attributes'), ('direct', b'content')):
        for form in ('embedded', 'detached'):
            run(*java, 'sign', f.key('sm2_sign'), f.cert('sm2_sign'), message, f('theirs.p7s'), how, form)
            good, out = run(helper, 'verify-signed-data', f('theirs.p7s'), f.cert('sm2_sign'), data=CONTENT)
            check(f"we verify BouncyCastle's {form} SM2 SignedData over {expected.decode()}",
                  good and out == expected)
            check('and refuse it over another content',
                  fails(helper, 'verify-signed-data', f('theirs.p7s'), f.cert('sm2_sign'),
                        data=CONTENT + b'x'))
    envelope = f('ours.p7m', ours('envelope', f.cert('sm2_sign'), f.cert('sm2_encrypt')))
    good, _ = run(*java, 'open', f.key('sm2_encrypt'), f.cert('sm2_encrypt'), envelope, f('opened'))
    check('BouncyCastle opens our SM2 EnvelopedData', good and f('opened').read_bytes() == CONTENT)
    run(*java, 'envelope', f.cert('sm2_encrypt'), message, f('theirs.p7m'))
    good, out = run(helper, 'open', f.key('sm2_encrypt'), f.cert('sm2_encrypt'), f('theirs.p7m'))
    check("we open BouncyCastle's SM2 EnvelopedData", good and out == CONTENT)


def sm_crypto(f, node, package):
    """Bare SM2 against sm-crypto-v2."""
    js = [node, HERE / 'others.mjs', package]
    message, other = f('message', CONTENT), f('other', CONTENT + b'x')
    point = ours('point', f.cert('sm2_sign')).hex()
    scalar = ours('scalar', f.key('sm2_sign')).hex()
    signature = f('ours.sig', ours('sign', f.key('sm2_sign')))
    check('sm-crypto-v2 verifies our SM2 signature', run(*js, 'verify', point, message, signature)[0])
    check('sm-crypto-v2 refuses it over another message',
          fails(*js, 'verify', point, other, signature))
    run(*js, 'sign', scalar, point, message, f('theirs.sig'))
    check("we verify sm-crypto-v2's SM2 signature",
          run(helper, 'verify', f.cert('sm2_sign'), f('theirs.sig'), data=CONTENT)[0])
    plain = bytes(range(48))
    cipher = f('ours.raw', raw_cipher(ours('encrypt', f.cert('sm2_sign'), data=plain)))
    good, _ = run(*js, 'decrypt', scalar, cipher, f('opened'))
    check('sm-crypto-v2 decrypts our SM2 ciphertext', good and f('opened').read_bytes() == plain)
    run(*js, 'encrypt', point, f('plain', plain), f('theirs.raw'))
    good, out = run(helper, 'decrypt', f.key('sm2_sign'), data=sm2_cipher(f('theirs.raw').read_bytes()))
    check("we decrypt sm-crypto-v2's SM2 ciphertext", good and out == plain)


def main():
    global helper
    helper = pathlib.Path(sys.argv[1]).resolve()
    folder = pathlib.Path(sys.argv[2])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    f = Files(folder)
    openssl_sm2(f)
    openssl_messages(f)
    bouncy_castle(f)
    if len(sys.argv) > 4:
        sm_crypto(f, sys.argv[3], sys.argv[4])
    print(f'{passed} passed, {failed} failed')
    sys.exit(1 if failed else 0)


main()
