#!/usr/bin/env python3
"""Writes sm2.vec: the official examples of GB/T 32918 and altered copies with one fault each."""
import pathlib

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
D = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
K = 0x59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21
PX = 0x09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020
PY = 0xCCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13
R = 0xF5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3
S = 0xB1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA
X1 = 0x04EBFC718E8D1798620432268E77FEB6415E2EDE0E073C0F4F640ECD2E149A73
Y1 = 0xE858F9D81E5430A57B36DAAB8F950A3C64E6EE6A63094D99283AFF767E124DF0
C3 = bytes.fromhex('59983C18F809E262923C53AEC295D30383B54E39D609D160AFCB1908D0BD8766')
C2 = bytes.fromhex('21886CA989CA9C7D58087307CA93092D651EFA')


def tlv(tag, body):
    size = bytes([len(body)]) if len(body) < 128 else bytes([0x81, len(body)])
    return bytes([tag]) + size + body


def integer(n):
    return tlv(2, n.to_bytes(max(1, n.bit_length() // 8 + 1), 'big'))


def pair(*members, tag=0x30):
    return tlv(tag, b''.join(members))


def cipher(x=X1, y=Y1, c3=C3, c2=C2, more=b''):
    return pair(integer(x), integer(y), tlv(4, c3), tlv(4, c2), more)


def h32(n):
    return f'{n:064x}'


GOOD = pair(integer(R), integer(S))
PUBLIC = f'04{h32(PX)}{h32(PY)}'
MESSAGE = b'message digest'.hex()
DEFAULT_ID = '1234567812345678'
blocks = []


def block(cause, **fields):
    lines = [f'# {cause}'] + [f'{k}: {v}'.rstrip() for k, v in fields.items()]
    blocks.append('\n'.join(lines))


block('GB/T 32918.5 annex A.2 (GM/T 0003.5): signature with the given k, with Z and e',
      kind='sign', d=h32(D), k=h32(K), public=PUBLIC, id=DEFAULT_ID, message=MESSAGE,
      z='b2e14c5c79c6df5b85f4fe7ed8db7a262b9da7e07ccb0ea9f4747b8ccda8a4f3',
      e='f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640', expect=GOOD.hex())
block('GB/T 32918.5 annex A.3: encryption with the given k',
      kind='encrypt', d=h32(D), k=h32(K), public=PUBLIC, plain=b'encryption standard'.hex(),
      expect=cipher().hex())


def verify(cause, signature, public=PUBLIC, identity=DEFAULT_ID, message=MESSAGE, expect='false'):
    block(cause, kind='verify', public=public, id=identity, message=message,
          signature=signature.hex(), expect=expect)


body = GOOD[2:]
verify('the example itself', GOOD, expect='true')
verify('r is 0', pair(integer(0), integer(S)))
verify('s is 0', pair(integer(R), integer(0)))
verify('r is n', pair(integer(N), integer(S)))
verify('s is n', pair(integer(R), integer(N)))
verify('r + n: the same residue in a second spelling', pair(tlv(2, (R + N).to_bytes(33, 'big')), integer(S)))
verify('r + s is n, so t is 0', pair(integer(R), integer(N - R)))
verify('r and s swapped', pair(integer(S), integer(R)))
verify('r is negative', pair(tlv(2, R.to_bytes(32, 'big')), integer(S)))
verify('an integer with a leading zero too many', pair(tlv(2, b'\0\0' + R.to_bytes(32, 'big')), integer(S)))
verify('a byte behind the signature', GOOD + b'\0')
verify('a third integer inside', pair(integer(R), integer(S), integer(1)))
verify('one integer only', pair(integer(R)))
verify('BER: length in two octets where one suffices', b'\x30\x81' + GOOD[1:2] + body)
verify('BER: indefinite length', b'\x30\x80' + body + b'\0\0')
verify('SET instead of SEQUENCE', pair(integer(R), integer(S), tag=0x31))
verify('raw r || s without DER', R.to_bytes(32, 'big') + S.to_bytes(32, 'big'))
verify('cut short', GOOD[:-1])
verify('nothing', b'')
verify('another identity', GOOD, identity='ALICE123@YAHOO.COM')
verify('another message', GOOD, message=b'message digesT'.hex())
verify('one bit of s differs', pair(integer(R), integer(S ^ 1)))
verify('the key of somebody else (the generator, d = 1)', GOOD,
       public='0432c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7'
              'bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0')


def decrypt(cause, data, expect='decrypt_failed'):
    block(cause, kind='decrypt', d=h32(D), cipher=data.hex(), expect=expect)


good = cipher()
decrypt('the example itself', good, expect=b'encryption standard'.hex())
decrypt('C1 is not on the curve', cipher(y=Y1 ^ 1))
decrypt('C1 is (0, 0), often used for infinity', cipher(x=0, y=0))
decrypt('x + p: the same residue in a second spelling', cipher(x=X1 + P))
decrypt('C1 negated: another shared point', cipher(y=P - Y1))
decrypt('C2 altered', cipher(c2=bytes([C2[0] ^ 1]) + C2[1:]))
decrypt('C2 shortened', cipher(c2=C2[:-1]))
decrypt('C2 empty', cipher(c2=b''))
decrypt('C3 altered', cipher(c3=bytes([C3[0] ^ 1]) + C3[1:]))
decrypt('C3 of 31 bytes', cipher(c3=C3[:-1]))
decrypt('C3 of 33 bytes', cipher(c3=C3 + b'\0'))
decrypt('C2 and C3 in the old order', pair(integer(X1), integer(Y1), tlv(4, C2), tlv(4, C3)))
decrypt('a byte behind the ciphertext', good + b'\0')
decrypt('a fifth member', cipher(more=integer(1)))
decrypt('an integer with a leading zero too many',
        pair(tlv(2, b'\0' + X1.to_bytes(32, 'big')), integer(Y1), tlv(4, C3), tlv(4, C2)))
decrypt('raw C1 C3 C2 without DER',
        b'\x04' + X1.to_bytes(32, 'big') + Y1.to_bytes(32, 'big') + C3 + C2)
decrypt('nothing', b'')


def point(cause, octets, expect='key_invalid'):
    block(cause, kind='point', octets=octets, expect=expect)


point('with 04 in front', PUBLIC, 'ok')
point('x and y alone', PUBLIC[2:], 'ok')
point('off the curve', PUBLIC[:-2] + '12')
point('infinity in one octet', '00')
point('infinity as 04 and zeros', '04' + '00' * 64)
point('zeros alone', '00' * 64)
point('compressed', '03' + h32(PX))
point('hybrid form', '07' + PUBLIC[2:])
point('x is p, which is 0', '04' + h32(P) + h32(PY))
point('a byte too many', PUBLIC + '00')
point('nothing', '')


def scalar(cause, d, expect='key_invalid'):
    block(cause, kind='scalar', d=d, expect=expect)


scalar('1, the least', h32(1), 'ok')
scalar('n - 2, the greatest', h32(N - 2), 'ok')
scalar('n - 1: 1 + d is not invertible', h32(N - 1))
scalar('n', h32(N))
scalar('0', h32(0))
scalar('31 bytes', h32(1)[2:])

head = ('# SM2 (GB/T 32918): the standard\'s examples, and altered copies with one cause each.\n'
        '# Written by make_sm2.py; values as in GM/T 0003.5.\n\n')
pathlib.Path(__file__).with_name('sm2.vec').write_text(head + '\n\n'.join(blocks) + '\n')
