#!/usr/bin/env python3
"""Writes tests/vectors/session/session.vec: codes, key schedule and frames of a scan session.

Written from docs/spec/mobile-ca.md; numbers by libcrypto, SM4 by the openssl program, GHASH here.

Usage: make_session_vectors.py [--check FILE]     (prints the vectors, or compares them with FILE)
"""
import base64
import hashlib
import hmac
import subprocess
import sys

sys.dont_write_bytecode = True
from libcrypto import G, N, mul, octets, sm3  # noqa: E402


def hmac_sm3(key, data):
    """HMAC with SM3."""
    return hmac.new(key, data, lambda d=b'': hashlib.new('sm3', d)).digest()


def hkdf(ikm, salt, info, size):
    """RFC 5869."""
    key, out, block, n = hmac_sm3(salt or bytes(32), ikm), b'', b'', 1
    while len(out) < size:
        block = hmac_sm3(key, block + info + bytes([n]))
        out, n = out + block, n + 1
    return out[:size]


def sm4(key, blocks):
    """SM4-ECB by openssl."""
    return subprocess.run(['openssl', 'enc', '-sm4-ecb', '-nopad', '-K', key.hex()], input=blocks,
                          capture_output=True, check=True).stdout


def gcm_seal(key, nonce, additional, plain):
    """SM4-GCM with a 12-byte nonce."""
    h = int.from_bytes(sm4(key, bytes(16)), 'big')

    def times_h(x):
        product, v = 0, h
        for bit in range(127, -1, -1):
            product ^= v if x >> bit & 1 else 0
            v = v >> 1 ^ (0xe1 << 120 if v & 1 else 0)
        return product
    count = (len(plain) + 15) // 16
    stream = sm4(key, b''.join(nonce + n.to_bytes(4, 'big') for n in range(1, count + 2)))
    cipher = bytes(a ^ b for a, b in zip(plain, stream[16:]))
    y = 0
    lengths = (len(additional) * 8).to_bytes(8, 'big') + (len(cipher) * 8).to_bytes(8, 'big')
    for part in (additional, cipher, lengths):
        for at in range(0, len(part), 16):
            y = times_h(y ^ int.from_bytes(part[at:at + 16].ljust(16, b'\0'), 'big'))
    return cipher + bytes(a ^ b for a, b in zip(y.to_bytes(16, 'big'), stream))


def compressed(point):
    """02 or 03 and x."""
    return bytes([2 + (point[1] & 1)]) + point[0].to_bytes(32, 'big')


def stream(name, size):
    """Bytes that a name stands for."""
    return b''.join(sm3(name.encode() + bytes([n])) for n in range(size // 32 + 1))[:size]


def code_block(n):
    """A code and its MAC."""
    d = int.from_bytes(stream(f'page {n}', 32), 'big') % (N - 2) + 1
    sid, k, k_sid, page = (stream(f'sid {n}', 16), stream(f'k {n}', 16), stream(f'K {n}', 32),
                           compressed(mul(d, G)))
    step = n * 7
    rotation = hmac_sm3(k_sid, sid + step.to_bytes(4, 'big') + page)[:8]
    content = b'\1' + sid + k + page + step.to_bytes(4, 'big') + rotation
    return {'kind': 'code', 'sid': sid, 'k': k, 'k_sid': k_sid, 'page': page, 'step': step,
            'rotation': rotation, 'text': base64.urlsafe_b64encode(content).decode()}


def digits(secret):
    """The three choices, and which is shown."""
    a, b, c, p = (int.from_bytes(secret[4 * i:4 * i + 4], 'big') >> 1 for i in range(4))
    first = a % 100
    second = (first + 1 + b % 99) % 100
    third = c % 98
    for taken in sorted((first, second)):
        third += third >= taken
    choices = [f'{v:02}' for v in (first, second, third)]
    choices[0], choices[p % 3] = choices[p % 3], choices[0]
    return f'{first:02}', ' '.join(choices)


def channel_block(n, kind, plain):
    """Keys of a channel, and the first frame of each direction."""
    e, f = (int.from_bytes(stream(f'{who} {n}', 32), 'big') % (N - 2) + 1 for who in 'EF')
    page, phone = compressed(mul(e, G)), compressed(mul(f, G))
    sid, k, request, platform = (stream(f'sid {n}', 16), stream(f'k {n}', 16), stream(f'h_op {n}', 32),
                                 stream(f'certificate {n}', 32))
    th = sm3(b'SBID1 session' + sid + page + phone + request + platform)
    shared = octets(mul(e, mul(f, G)))[1:33]
    to_phone = hkdf(shared, k, b'SBID1 page to phone' + th, 16)
    to_page = hkdf(shared, k, b'SBID1 phone to page' + th, 16)
    code, choices = digits(hkdf(shared, k, b'SBID1 code' + th, 16))

    def frame(key, direction):
        head = bytes([kind]) + (1).to_bytes(8, 'big') + b'\1'
        nonce = direction.to_bytes(4, 'big') + (1).to_bytes(8, 'big')
        return head + gcm_seal(key, nonce, sid + head, plain)
    return {'kind': 'channel', 'page_d': e.to_bytes(32, 'big'), 'phone_d': f.to_bytes(32, 'big'), 'k': k,
            'sid': sid, 'request': request, 'certificate': platform, 'th': th, 'page_to_phone': to_phone,
            'phone_to_page': to_page, 'code': code, 'choices': choices, 'type': kind, 'plain': plain,
            'page_frame': frame(to_phone, 1), 'phone_frame': frame(to_page, 2)}


def main():
    """Prints or compares."""
    blocks = [code_block(n) for n in range(1, 5)]
    blocks += [channel_block(n, kind, stream(f'plain {n}', size))
               for n, kind, size in ((1, 5, 3), (2, 1, 0), (3, 3, 16), (4, 2, 100))]
    text = '# Codes, key schedule and frames of scan sessions: docs/spec/mobile-ca.md sections 6 and 7.\n' \
           '# Made by tests/interop/cosign/make_session_vectors.py.\n'
    for block in blocks:
        text += '\n' + ''.join(f'{name}: {value.hex() if isinstance(value, bytes) else value}'.rstrip() + '\n'
                               for name, value in block.items())
    if len(sys.argv) == 3 and sys.argv[1] == '--check':
        with open(sys.argv[2], encoding='ascii') as file:
            same = file.read() == text
        print('1 passed, 0 failed' if same else '0 passed, 1 failed: the vectors differ')
        sys.exit(not same)
    sys.stdout.write(text)


if __name__ == '__main__':
    main()
