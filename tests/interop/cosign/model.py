"""Phone and co-sign service as docs/spec/mobile-ca.md describes them, in plain Python over libcrypto.

Written from the specification, not from the C++: numbers are Python integers and nothing here takes
constant time. The classes speak the messages of section 3 as bytes.
"""
import random

from libcrypto import G, N, ID, A, B, PublicKey, add, mul, mul_g_plus, neg, octets, point_of, sm3

SIGN, DECRYPT = 1, 2
(KEYGEN_COMMIT, KEYGEN_SHARE, KEYGEN_OPEN, SIGN_COMMIT, SIGN_REQUEST, SIGN_ANSWER, DECRYPT_REQUEST,
 DECRYPT_ANSWER, REFRESH_REQUEST, REFRESH_COMMIT, KEY_STATUS, GRANT_REQUEST) = range(1, 13)


class Abort(Exception):
    """The other party's message is refused."""


def i2b(number, size=32):
    """Big-endian bytes."""
    return number.to_bytes(size, 'big')


def b2i(data):
    """The number of big-endian bytes."""
    return int.from_bytes(data, 'big')


def inverse(number):
    """The inverse modulo n."""
    return pow(number, -1, N)


def hash_to_number(tag, *parts):
    """A challenge: section 2.2."""
    message = b''.join(i2b(len(part), 4) + part for part in (tag,) + parts)
    return b2i(sm3(b'\0' + message) + sm3(b'\1' + message)[:16]) % N


def digests_of(public, items):
    """e of each item, modulo n."""
    z = sm3(i2b(len(ID) * 8, 2) + ID + i2b(A) + i2b(B) + octets(G)[1:] + octets(public)[1:])
    return [b2i(sm3(z + item)) % N for item in items]


def message(kind, *fields):
    """A message of section 3."""
    return b'BSC1' + bytes([kind]) + b''.join(fields)


class Fields:
    """Reads a message's fields in order."""

    def __init__(self, data, kind):
        if data[:5] != b'BSC1' + bytes([kind]):
            raise Abort('message')
        self.data, self.at = data, 5

    def take(self, size):
        """The next bytes."""
        self.at += size
        if self.at > len(self.data):
            raise Abort('short message')
        return self.data[self.at - size:self.at]

    def point(self):
        """The next point, on the curve."""
        point = point_of(self.take(65))
        if point is None:
            raise Abort('point')
        return point

    def number(self, size=32):
        """The next number."""
        return b2i(self.take(size))

    def proof(self):
        """T and z."""
        return self.point(), self.number()

    def end(self):
        """Nothing may follow."""
        if self.at != len(self.data):
            raise Abort('long message')


class Party:
    """What both sides do alike. `rng` makes a run repeatable."""

    def __init__(self, seed):
        self.rng = random.Random(seed)

    def draw(self):
        """A number from 1 to n-1."""
        return self.rng.randrange(1, N)

    def prove(self, context, secrets, points):
        """Knowledge of all secrets, in one proof."""
        t = self.draw()
        big_t = mul(t, G)
        c = hash_to_number(b'pok-batch', context, octets(big_t), *map(octets, points))
        z, power = t, c
        for secret in secrets:
            z, power = (z + power * secret) % N, power * c % N
        return octets(big_t) + i2b(z)

    def prove_equal(self, context, secret, a, b):
        """log_G(a) = log_b(secret·b)."""
        t = self.draw()
        x = mul(secret, b)
        c = hash_to_number(b'dleq', context, octets(a), octets(b), octets(x), octets(mul(t, G)),
                           octets(mul(t, b)))
        return i2b(c) + i2b((t + c * secret) % N)


def knows(context, points, proof):
    """Checks Party.prove()."""
    big_t, z = proof
    if z >= N:
        return False
    c = hash_to_number(b'pok-batch', context, octets(big_t), *map(octets, points))
    # z·G - sum = T, the first point together with z·G.
    total, power = mul_g_plus(z, points[0], -c), c
    for point in points[1:]:
        power = power * c % N
        total = add(total, mul(-power, point))
    return total == big_t


def equal_logarithms(context, a, b, x, c, z):
    """Checks Party.prove_equal()."""
    if c >= N or z >= N:
        return False
    t1 = mul_g_plus(z, a, -c)
    t2 = add(mul(z, b), mul(-c, x))
    return t1 is not None and t2 is not None and c == hash_to_number(
        b'dleq', context, octets(a), octets(b), octets(x), octets(t1), octets(t2))


def sign_context(key, operation, commitment, digests):
    """Section 2.4."""
    return b'sign' + key + operation + commitment + b''.join(map(i2b, digests))


def limits_bytes(limits):
    """A session's limits as they stand in messages and contexts."""
    return (i2b(limits['count'], 2) + i2b(limits['expires'], 8) + i2b(limits['idle'], 2)
            + bytes([limits['operations']]) + limits['grant'])


def der_signature(r, s):
    """SEQUENCE{r, s}."""
    def integer(value):
        data = value.to_bytes(value.bit_length() // 8 + 1, 'big')
        return bytes([2, len(data)]) + data
    body = integer(r) + integer(s)
    return bytes([0x30, len(body)]) + body


def cipher_fields(der):
    """C1, C3, C2 of SM2Cipher."""
    def value(data, at):
        size, at = data[at + 1], at + 2
        if size & 0x80:
            count = size & 0x7f
            size, at = b2i(data[at:at + count]), at + count
        return data[at:at + size], at + size
    body, _ = value(der, 0)
    values, at = [], 0
    while at < len(body):
        item, at = value(body, at)
        values.append(item)
    return (b2i(values[0]), b2i(values[1])), values[2], values[3]


class ModelPhone(Party):
    """M: keeps d1 in the clear, for PINs are the C++ tests' matter."""

    def keygen(self, commit):
        """Answers KeyGenCommit."""
        fields = Fields(commit, KEYGEN_COMMIT)
        self.key, self.purpose, self.commitment = fields.take(16), fields.number(1), fields.take(32)
        fields.end()
        self.d1, self.epoch = self.draw(), 0
        a1 = inverse(self.d1)
        p1 = mul(a1, G)
        return message(KEYGEN_SHARE, self.key, octets(p1), self.prove(b'kg-M' + self.key, [a1], [p1]))

    def keygen_finish(self, opening):
        """Checks KeyGenOpen."""
        fields = Fields(opening, KEYGEN_OPEN)
        if fields.take(16) != self.key or sm3(opening[21:]) != self.commitment:
            raise Abort('commitment')
        fields.take(32)
        p2, proof = fields.point(), fields.proof()
        fields.end()
        if not knows(b'kg-C' + self.key, [p2], proof):
            raise Abort('proof')
        self.public = add(mul(inverse(self.d1), p2), neg(G))
        return self.public

    def sign(self, commit, items, d1=None):
        """Answers SignCommit."""
        fields = Fields(commit, SIGN_COMMIT)
        if fields.take(16) != self.key:
            raise Abort('key')
        self.operation, epoch, count = fields.take(16), fields.number(4), fields.number(2)
        self.nonce_commitment = fields.take(32)
        fields.end()
        if epoch != self.epoch or count != len(items):
            raise Abort('operation')
        self.share = d1 or self.d1
        self.digests = digests_of(self.public, items)
        self.w1 = [self.draw() for _ in items]
        a1 = inverse(self.share)
        points = [mul(w, G) for w in [a1] + self.w1]
        context = sign_context(self.key, self.operation, self.nonce_commitment, self.digests)
        return message(SIGN_REQUEST, self.operation, i2b(len(items), 2), *map(octets, points[1:]),
                       self.prove(context, [a1] + self.w1, points))

    def sign_finish(self, answer):
        """The DER signatures."""
        fields = Fields(answer, SIGN_ANSWER)
        if fields.take(16) != self.operation:
            raise Abort('operation')
        salt, count = fields.take(32), fields.number(2)
        parts = [(fields.number(), fields.number()) for _ in range(count)]
        fields.end()
        p2 = mul(self.share, add(self.public, G))
        w2 = [mul_g_plus(-r, p2, s1) for r, s1 in parts]
        if None in w2 or sm3(salt + self.operation + b''.join(map(octets, w2))) != self.nonce_commitment:
            raise Abort('nonce commitment')
        return [der_signature(r, (self.share * (s1 + w1) - r) % N)
                for (r, s1), w1 in zip(parts, self.w1)]

    def decrypt(self, operation, ciphertexts):
        """DecryptRequest."""
        self.operation, self.ciphertexts = operation, [cipher_fields(c) for c in ciphertexts]
        a1 = inverse(self.d1)
        c1 = b''.join(octets(c[0]) for c in self.ciphertexts)
        proof = self.prove(b'dec' + self.key + operation + c1, [a1], [mul(a1, G)])
        return message(DECRYPT_REQUEST, operation, i2b(len(ciphertexts), 2), c1, proof)

    def decrypt_finish(self, answer):
        """The plain texts."""
        fields = Fields(answer, DECRYPT_ANSWER)
        if fields.take(16) != self.operation or fields.number(2) != len(self.ciphertexts):
            raise Abort('operation')
        p2, plain = mul(self.d1, add(self.public, G)), []
        for c1, c3, c2 in self.ciphertexts:
            t2, c, z = fields.point(), fields.number(), fields.number()
            if not equal_logarithms(self.operation, p2, c1, t2, c, z):
                raise Abort('partial decryption')
            x, y = add(mul(inverse(self.d1), t2), neg(c1))
            stream = b''.join(sm3(i2b(x) + i2b(y) + i2b(n, 4)) for n in range(1, len(c2) // 32 + 2))
            text = bytes(a ^ b for a, b in zip(c2, stream))
            if sm3(i2b(x) + text + i2b(y)) != c3:
                raise Abort('C3')
            plain.append(text)
        fields.end()
        return plain

    def refresh(self):
        """RefreshRequest; the new share waits in next_d1."""
        rho = self.draw()
        self.next_d1 = self.d1 * rho % N
        a1, next_a1 = inverse(self.d1), inverse(self.next_d1)
        points = [mul(a1, G), mul(next_a1, G)]
        proof = self.prove(b'refresh' + self.key + i2b(self.epoch, 4), [a1, next_a1], points)
        return message(REFRESH_REQUEST, self.key, i2b(self.epoch, 4), i2b(rho), octets(points[1]), proof)

    def refresh_commit(self):
        """RefreshCommit."""
        a1, epoch = inverse(self.next_d1), i2b(self.epoch + 1, 4)
        proof = self.prove(b'refresh-commit' + self.key + epoch, [a1], [mul(a1, G)])
        return message(REFRESH_COMMIT, self.key, epoch, proof)

    def refresh_done(self):
        """The service is in the new epoch."""
        self.d1, self.epoch = self.next_d1, self.epoch + 1

    def grant(self, session, limits):
        """GrantRequest and the session's share."""
        rho = self.draw()
        share = self.d1 * rho % N
        a1, session_a1 = inverse(self.d1), inverse(share)
        points = [mul(a1, G), mul(session_a1, G)]
        head = session + limits_bytes(limits)
        proof = self.prove(b'grant' + self.key + head, [a1, session_a1], points)
        return message(GRANT_REQUEST, self.key, head, i2b(rho), octets(points[1]), proof), share


class ModelService(Party):
    """C: one key, its operations by id, its sessions by id."""

    def create(self, key, purpose):
        """KeyGenCommit."""
        self.key, self.purpose, self.epoch, self.failures = key, purpose, 0, 0
        self.d2, self.operations, self.sessions = self.draw(), {}, {}
        a2 = inverse(self.d2)
        p2 = mul(a2, G)
        salt = self.rng.randbytes(32)
        self.opening = salt + octets(p2) + self.prove(b'kg-C' + key, [a2], [p2])
        return message(KEYGEN_COMMIT, key, bytes([purpose]), sm3(self.opening))

    def complete(self, share):
        """KeyGenOpen."""
        fields = Fields(share, KEYGEN_SHARE)
        if fields.take(16) != self.key:
            raise Abort('key')
        self.p1, proof = fields.point(), fields.proof()
        fields.end()
        if not knows(b'kg-M' + self.key, [self.p1], proof):
            raise Abort('proof')
        self.public = add(mul(inverse(self.d2), self.p1), neg(G))
        if self.public is None or self.public == neg(G):
            raise Abort('degenerate key')
        return message(KEYGEN_OPEN, self.key, self.opening)

    def begin_sign(self, operation, items, session=None):
        """SignCommit."""
        w2, salt = [self.draw() for _ in items], self.rng.randbytes(32)
        commitment = sm3(salt + operation + b''.join(octets(mul(w, G)) for w in w2))
        self.operations[operation] = dict(digests=digests_of(self.public, items), w2=w2, salt=salt,
                                          commitment=commitment, session=session)
        return message(SIGN_COMMIT, self.key, operation, i2b(self.epoch, 4), i2b(len(items), 2), commitment)

    def sign(self, request):
        """SignAnswer."""
        fields = Fields(request, SIGN_REQUEST)
        operation = fields.take(16)
        state = self.operations[operation]
        points = [fields.point() for _ in range(fields.number(2))]
        proof = fields.proof()
        fields.end()
        d2, p1 = self.sessions[state['session']] if state['session'] else (self.d2, self.p1)
        context = sign_context(self.key, operation, state['commitment'], state['digests'])
        if len(points) != len(state['digests']) or not knows(context, [p1] + points, proof):
            self.failures += 1
            raise Abort('proof')
        parts = []
        for e, q1, w2 in zip(state['digests'], points, state['w2']):
            r = (e + mul_g_plus(w2, q1, inverse(d2))[0]) % N
            parts.append((r, d2 * (r + w2) % N))
        state['parts'] = parts
        return self.answer(operation, parts)

    def answer(self, operation, parts):
        """SignAnswer of these numbers, right or not."""
        return message(SIGN_ANSWER, operation, self.operations[operation]['salt'], i2b(len(parts), 2),
                       *(i2b(r) + i2b(s1) for r, s1 in parts))

    def decrypt(self, request):
        """DecryptAnswer; which ciphertexts are allowed is the caller's matter."""
        fields = Fields(request, DECRYPT_REQUEST)
        operation = fields.take(16)
        points = [fields.point() for _ in range(fields.number(2))]
        proof = fields.proof()
        fields.end()
        c1 = b''.join(map(octets, points))
        if not knows(b'dec' + self.key + operation + c1, [self.p1], proof):
            raise Abort('proof')
        a2 = inverse(self.d2)
        p2 = mul(a2, G)
        return message(DECRYPT_ANSWER, operation, i2b(len(points), 2),
                       *(octets(mul(a2, c)) + self.prove_equal(operation, a2, p2, c) for c in points))

    def refresh(self, request):
        """KeyStatus; the new share waits."""
        fields = Fields(request, REFRESH_REQUEST)
        if fields.take(16) != self.key or fields.number(4) != self.epoch:
            raise Abort('epoch')
        rho, p1, proof = fields.number(), fields.point(), fields.proof()
        fields.end()
        if not knows(b'refresh' + self.key + i2b(self.epoch, 4), [self.p1, p1], proof):
            raise Abort('proof')
        if mul(inverse(rho), self.p1) != p1:
            raise Abort('rho')
        self.next = (self.d2 * inverse(rho) % N, p1)
        return message(KEY_STATUS, self.key, i2b(self.epoch, 4), b'\1')

    def refresh_commit(self, request):
        """KeyStatus of the new epoch."""
        fields = Fields(request, REFRESH_COMMIT)
        if fields.take(16) != self.key or fields.number(4) != self.epoch + 1:
            raise Abort('epoch')
        proof = fields.proof()
        fields.end()
        if not knows(b'refresh-commit' + self.key + i2b(self.epoch + 1, 4), [self.next[1]], proof):
            raise Abort('proof')
        (self.d2, self.p1), self.epoch = self.next, self.epoch + 1
        return message(KEY_STATUS, self.key, i2b(self.epoch, 4), b'\0')

    def grant(self, request):
        """Takes a session share."""
        fields = Fields(request, GRANT_REQUEST)
        if fields.take(16) != self.key:
            raise Abort('key')
        head = fields.take(16 + 45)
        rho, p1, proof = fields.number(), fields.point(), fields.proof()
        fields.end()
        if not knows(b'grant' + self.key + head, [self.p1, p1], proof):
            raise Abort('proof')
        if mul(inverse(rho), self.p1) != p1:
            raise Abort('rho')
        self.sessions[head[:16]] = (self.d2 * inverse(rho) % N, p1)


def public_key(point):
    """OpenSSL's view of the key of both."""
    return PublicKey(point)
