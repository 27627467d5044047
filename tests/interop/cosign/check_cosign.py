#!/usr/bin/env python3
"""The C++ phone with the model's service, the model's phone with the C++ service, and attacks.

Usage: check_cosign.py DRIVER [--runs N] [--seed S] [--only TEXT]
DRIVER is cosign_driver. OpenSSL verifies every signature and makes every ciphertext.
"""
import argparse
import json
import random
import subprocess
import sys

sys.dont_write_bytecode = True

from libcrypto import G, N, mul, add, octets, mul_g_plus, point_of  # noqa: E402
from model import (Abort, DECRYPT, ModelPhone, ModelService, SIGN, b2i, cipher_fields,  # noqa: E402
                   digests_of, hash_to_number, i2b, inverse, message, public_key, sign_context,
                   SIGN_REQUEST)

NOW = 1_790_000_000
PIN = '135790'


class Refused(Exception):
    """The C++ side answered with an error."""

    def __init__(self, answer):
        super().__init__(answer['error'])
        self.retries = answer['retries']


class Driver:
    """The C++ process."""

    def __init__(self, program, seed):
        self.process = subprocess.Popen([program, str(seed)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, bufsize=1)

    def __call__(self, do, **arguments):
        def plain(value):
            if isinstance(value, bytes):
                return value.hex()
            return [plain(v) for v in value] if isinstance(value, list) else value
        line = json.dumps({'do': do, **{k: plain(v) for k, v in arguments.items()}})
        self.process.stdin.write(line + '\n')
        answer = json.loads(self.process.stdout.readline())
        if 'error' in answer:
            raise Refused(answer)
        return {k: [bytes.fromhex(v) for v in value] if isinstance(value, list) else bytes.fromhex(value)
                for k, value in answer.items()}


class Count:
    """Checks so far."""
    passed = failed = 0

    @classmethod
    def check(cls, name, good, quiet=False):
        """Counts one."""
        cls.passed, cls.failed = cls.passed + bool(good), cls.failed + (not good)
        if not good or not quiet:
            print(('ok: ' if good else 'FAILED: ') + name, flush=True)

    @classmethod
    def refuses(cls, name, error, call):
        """The call must end in this error of either side."""
        try:
            call()
            got = 'nothing refused'
        except (Refused, Abort) as refused:
            got = str(refused)
        cls.check(name if got == error else f'{name}: {got}', got == error)


class CppPhone:
    """A C++ phone as a model phone looks."""

    def __init__(self, driver, name, purpose):
        self.driver, self.name, self.purpose = driver, name, purpose
        self.count = 0

    def keygen(self, commit):
        return self.driver('phone.keygen', key=self.name, commit=commit, purpose=self.purpose)['share']

    def keygen_finish(self, opening):
        answer = self.driver('phone.keygen_finish', key=self.name, open=opening, pin=PIN)
        self.record = answer['record']
        return point_of(answer['public_key'])

    def sign(self, commit, items, session=None, pin=PIN):
        extra = {'session': session} if session else {'pin': pin}
        return self.driver('phone.sign', id=self.name, key=self.name, commit=commit, items=items,
                           **extra)['request']

    def sign_finish(self, answer):
        return self.driver('phone.sign_finish', id=self.name, answer=answer)['signatures']

    def decrypt(self, operation, ciphertexts):
        return self.driver('phone.decrypt', id=self.name, key=self.name, operation=operation,
                           ciphertexts=ciphertexts, pin=PIN)['request']

    def decrypt_finish(self, answer):
        return self.driver('phone.decrypt_finish', id=self.name, answer=answer)['plain']

    def refresh(self):
        return self.driver('phone.refresh', key=self.name, pin=PIN, new_pin=PIN)['request']

    def refresh_commit(self):
        return self.driver('phone.refresh_confirm', key=self.name, pin=PIN)['commit']

    def refresh_done(self):
        self.driver('phone.refresh_done', key=self.name)

    def grant(self, session, limits):
        self.count += 1
        share = f'{self.name}/{self.count}'
        return self.driver('phone.grant', id=share, key=self.name, session=session, pin=PIN,
                           **limits)['request'], share


class CppService:
    """The C++ service as the model's looks."""

    def __init__(self, driver, name):
        self.driver, self.name, self.sessions = driver, name, {}

    def create(self, key, purpose):
        return self.driver('service.create', key=self.name, name=key, purpose=purpose)['commit']

    def complete(self, share):
        return self.driver('service.complete', key=self.name, share=share)['open']

    def begin_sign(self, operation, items, session=None):
        extra = {}
        if session:
            extra = {'session': session.hex(), 'kind': 1, 'grant': self.sessions[session]}
        self.extra = {'session': session.hex()} if session else {}
        return self.driver('service.begin_sign', id=operation.hex(), key=self.name, operation=operation,
                           items=items, now=NOW, expires=NOW + 600, **extra)['commit']

    def sign(self, request):
        return self.driver('service.sign', id=request[5:21].hex(), key=self.name, request=request,
                           now=NOW, **self.extra)['answer']

    def begin_decrypt(self, operation, c1, opens=NOW):
        self.driver('service.begin_decrypt', id=operation.hex(), key=self.name, operation=operation,
                    c1=c1, opens=opens, now=NOW, expires=NOW + 600)

    def decrypt(self, request):
        return self.driver('service.decrypt', id=request[5:21].hex(), key=self.name, request=request,
                           now=NOW)['answer']

    def refresh(self, request):
        return self.driver('service.refresh', key=self.name, request=request, now=NOW)['status']

    def refresh_commit(self, commit):
        return self.driver('service.refresh_commit', key=self.name, commit=commit, now=NOW)['status']

    def grant(self, request):
        session = request[21:37]
        self.sessions[session] = request[50:82]
        self.driver('service.grant', id=session.hex(), key=self.name, request=request, now=NOW)


def new_key(phone, service, rng, purpose):
    """Makes a key; both sides must have the same."""
    public = phone.keygen_finish(service.complete(phone.keygen(service.create(rng.randbytes(16), purpose))))
    return public


def sign_once(phone, service, rng, items, session=None, share=None):
    """One batch from begin to end."""
    commit = service.begin_sign(rng.randbytes(16), items, session)
    request = phone.sign(commit, items, share) if share else phone.sign(commit, items)
    return phone.sign_finish(service.sign(request))


def random_runs(label, make_phone, make_service, rng, runs):
    """Signing, decryption, refresh and sessions in a random order, everything judged by OpenSSL."""
    signatures = texts = refreshes = keys = 0
    done = 0
    while done < runs:
        keys += 1
        phone, service = make_phone(SIGN), make_service()
        judge = public_key(new_key(phone, service, rng, SIGN))
        for _ in range(min(18, runs - done)):
            done += 1
            choice = rng.random()
            if choice < 0.1:
                service.refresh(phone.refresh())
                service.refresh_commit(phone.refresh_commit())
                phone.refresh_done()
                refreshes += 1
            session = share = None
            if choice > 0.85:
                session = rng.randbytes(16)
                limits = dict(count=3, expires=NOW + 600, idle=60, operations=3, grant=rng.randbytes(32))
                request, share = phone.grant(session, limits)
                service.grant(request)
            items = [rng.randbytes(rng.randrange(200)) for _ in range(rng.choice((1, 1, 1, 2, 3)))]
            for item, signature in zip(items, sign_once(phone, service, rng, items, session, share),
                                       strict=True):
                good = judge.verify(item, signature) and not judge.verify(item + b'x', signature)
                Count.check(f'{label}: OpenSSL and signature {signatures}', good, quiet=True)
                signatures += 1
        phone, service = make_phone(DECRYPT), make_service()
        judge = public_key(new_key(phone, service, rng, DECRYPT))
        for _ in range(min(6, runs - done)):
            done += 1
            plain = [rng.randbytes(rng.randrange(1, 100)) for _ in range(rng.choice((1, 2)))]
            ciphertexts = [judge.encrypt(text) for text in plain]
            operation = rng.randbytes(16)
            if isinstance(service, CppService):
                service.begin_decrypt(operation, [octets(cipher_fields(c)[0]) for c in ciphertexts])
            opened = phone.decrypt_finish(service.decrypt(phone.decrypt(operation, ciphertexts)))
            Count.check(f"{label}: OpenSSL's ciphertexts {texts}", opened == plain, quiet=True)
            texts += len(plain)
    print(f'ok: {label}: {done} runs, {keys} key pairs, {signatures} signatures, {texts} ciphertexts, '
          f'{refreshes} refreshes', flush=True)


class Setting:
    """One key with a C++ phone or a C++ service, for an attack."""

    def __init__(self, driver, rng, seed, purpose=SIGN, cpp='phone'):
        name = f'attack{seed}'
        self.rng = rng
        self.phone = CppPhone(driver, name, purpose) if cpp == 'phone' else ModelPhone(seed)
        self.service = ModelService(seed) if cpp == 'phone' else CppService(driver, name)
        self.public = new_key(self.phone, self.service, rng, purpose)

    def begin(self, items):
        """Operation and the phone's request."""
        operation = self.rng.randbytes(16)
        return operation, self.phone.sign(self.service.begin_sign(operation, items), items)


def attack_ros(driver, rng):
    """One batch of 256, and the service picks between two nonces for each after it saw the phone's:
    with the phone's answers it would have a signature of its own choice. The phone must give none."""
    setting = Setting(driver, rng, 'ros')
    service, count = setting.service, 256
    items = [b'approved %d' % i for i in range(count)]
    operation, request = setting.begin(items)
    q1 = [point_of(request[23 + 65 * i:88 + 65 * i]) for i in range(count)]
    state, d2 = service.operations[operation], service.d2
    candidates = []
    for e, point in zip(state['digests'], q1):
        row = []
        for _ in range(2):
            w2 = service.draw()
            r = (e + mul_g_plus(w2, point, inverse(d2))[0]) % N
            row.append((r, d2 * (r + w2) % N))
        candidates.append(row)
    weights = [(1 << i) * inverse((c[1][1] - c[0][1]) % N) % N for i, c in enumerate(candidates)]
    total = None
    for weight, point in zip(weights, q1):
        total = add(total, mul(weight, point))
    forged = 'A price that nobody approved'.encode()
    r_star = (digests_of(setting.public, [forged])[0] + mul(inverse(d2), total)[0]) % N
    target = (-sum(w * c[0][1] for w, c in zip(weights, candidates)) + d2 * r_star) % N
    parts = [c[target >> i & 1] for i, c in enumerate(candidates)]
    Count.refuses('a service that picks its nonces after the fact (ROS) gets no answers',
                  'cosign_commitment', lambda: setting.phone.sign_finish(service.answer(operation, parts)))
    Count.refuses('nor does the phone answer afterwards', 'usage',
                  lambda: setting.phone.sign_finish(service.answer(operation, parts)))


def attack_bad_answers(driver, rng):
    """Answers of a dishonest service."""
    for name, error, change in (
            ('s1 = 0', 'cosign_partial', lambda s, p: [(p[0][0], 0)]),
            ('r = 0', 'cosign_partial', lambda s, p: [(0, p[0][1])]),
            ('s1 + 1', 'cosign_commitment', lambda s, p: [(p[0][0], (p[0][1] + 1) % N)]),
            ('another r, s1 = d2(r + w2)', 'cosign_partial',
             lambda s, p: [((p[0][0] + 5) % N, (p[0][1] + 5 * s.d2) % N)])):
        setting = Setting(driver, rng, 'answer' + name)
        operation, request = setting.begin([b'item'])
        setting.service.sign(request)
        parts = change(setting.service, setting.service.operations[operation]['parts'])
        Count.refuses(f'the phone refuses {name}', error,
                      lambda: setting.phone.sign_finish(setting.service.answer(operation, parts)))


def attack_keygen(driver, rng):
    """A service that wants to choose its part after it saw the phone's."""
    setting = Setting(driver, rng, 'keygen')
    phone, service, late = CppPhone(driver, 'late', SIGN), ModelService(1), ModelService(2)
    key = rng.randbytes(16)
    share = phone.keygen(service.create(key, SIGN))
    late.create(key, SIGN)
    Count.refuses('the phone refuses a part that was not committed to', 'cosign_commitment',
                  lambda: phone.keygen_finish(late.complete(share)))
    Count.refuses('a finished key generation is over', 'usage',
                  lambda: phone.keygen_finish(service.complete(share)))
    del setting


def attack_decryption(driver, rng):
    """A service whose part is of another share; a wrong one, to see whether the phone notices."""
    for name, change in (
            ('T2 + G', lambda s, t, c1, op: (octets(add(t, G)), None)),
            ('T2 of another share', lambda s, t, c1, op: (
                octets(mul(inverse(4711), c1)),
                s.prove_equal(op, inverse(4711), mul(inverse(4711), G), c1)))):
        setting = Setting(driver, rng, 'decryption' + name, DECRYPT)
        ciphertext = public_key(setting.public).encrypt(b'a share of 32 bytes, or so it seems')
        operation = rng.randbytes(16)
        answer = setting.service.decrypt(setting.phone.decrypt(operation, [ciphertext]))
        t2, proof = change(setting.service, point_of(answer[23:88]), cipher_fields(ciphertext)[0], operation)
        Count.refuses(f'the phone refuses {name}', 'cosign_partial',
                      lambda: setting.phone.decrypt_finish(answer[:23] + t2 + (proof or answer[88:])))


def attack_nonce_reuse(driver, rng):
    """A phone that asks twice with other nonces would learn d2 from two answers."""
    setting = Setting(driver, rng, 'reuse', cpp='service')
    phone, service = setting.phone, setting.service
    commit = service.begin_sign(rng.randbytes(16), [b'item'])
    request = phone.sign(commit, [b'item'])
    answer = service.sign(request)
    Count.check('the same request gets the same bytes', service.sign(request) == answer)
    again = phone.sign(commit, [b'item'])
    Count.refuses('other nonces get nothing', 'cosign_nonce_reuse', lambda: service.sign(again))


def attack_oracle(driver, rng):
    """Q1 = C1 of a ciphertext: with r and s1 the phone alone could decrypt it."""
    setting = Setting(driver, rng, 'oracle', cpp='service')
    phone, service = setting.phone, setting.service
    c1 = mul(rng.randrange(1, N), G)
    operation = rng.randbytes(16)
    commit = service.begin_sign(operation, [b'item'])
    phone.sign(commit, [b'item'])
    a1 = inverse(phone.d1)
    context = sign_context(phone.key, operation, phone.nonce_commitment, phone.digests)
    # The best that can be done without knowing the logarithm: one that fits a wrong secret.
    proof = phone.prove(context, [a1, 12345], [mul(a1, G), c1])
    request = message(SIGN_REQUEST, operation, i2b(1, 2), octets(c1), proof)
    Count.refuses('a ciphertext as nonce gets nothing', 'cosign_pin_wrong', lambda: service.sign(request))
    # A simulated proof: z and c chosen first, T = z·G - c·P1 - c²·C1. The hash must give c.
    z, c = phone.draw(), phone.draw()
    t = add(add(mul(z, G), mul(-c, mul(a1, G))), mul(-c * c, c1))
    forged = message(SIGN_REQUEST, operation, i2b(1, 2), octets(c1), octets(t), i2b(z))
    Count.check('the challenge is not the forger\'s choice', c != hash_to_number(
        b'pok-batch', context, octets(t), octets(mul(a1, G)), octets(c1)))
    Count.refuses('nor does a simulated proof', 'cosign_pin_wrong', lambda: service.sign(forged))


def attack_service_rules(driver, rng):
    """What a dishonest phone may ask the C++ service for."""
    setting = Setting(driver, rng, 'rules', DECRYPT, cpp='service')
    phone, service = setting.phone, setting.service
    ciphertext = public_key(setting.public).encrypt(b'x' * 32)
    c1 = octets(cipher_fields(ciphertext)[0])
    Count.refuses('no decryption before the opening time', 'not_open_yet',
                  lambda: service.begin_decrypt(rng.randbytes(16), [c1], opens=NOW + 1))
    operation = rng.randbytes(16)
    service.begin_decrypt(operation, [c1])
    other = public_key(setting.public).encrypt(b'y' * 32)
    Count.refuses('only the ciphertexts of the operation', 'cosign_operation',
                  lambda: service.decrypt(phone.decrypt(operation, [other])))
    Count.refuses('a decryption key signs nothing', 'cosign_state',
                  lambda: service.begin_sign(rng.randbytes(16), [b'item']))

    signer = Setting(driver, rng, 'session', cpp='service')
    phone, service = signer.phone, signer.service
    session = rng.randbytes(16)
    limits = dict(count=3, expires=NOW + 600, idle=60, operations=1, grant=rng.randbytes(32))
    request, share = phone.grant(session, limits)
    service.grant(request)
    judge = public_key(signer.public)
    for n in range(3):
        signature, = sign_once(phone, service, rng, [b'item'], session, share)
        Count.check(f'session: OpenSSL accepts signature {n + 1} of 3', judge.verify(b'item', signature))
    Count.refuses('session: the fourth is refused', 'cosign_session_limit',
                  lambda: sign_once(phone, service, rng, [b'item'], session, share))
    service.extra = {}
    Count.refuses('session: its share signs nothing else', 'cosign_pin_wrong',
                  lambda: sign_once(phone, service, rng, [b'item'], None, share))

    clone = Setting(driver, rng, 'clone', cpp='service')
    phone, service, old = clone.phone, clone.service, clone.phone.d1
    service.refresh(phone.refresh())
    service.refresh_commit(phone.refresh_commit())
    phone.refresh_done()
    Count.refuses('a copy from before a refresh is dead', 'cosign_pin_wrong',
                  lambda: sign_once(phone, service, rng, [b'item'], None, old))
    signature, = sign_once(phone, service, rng, [b'item'])
    Count.check('the refreshed share signs', public_key(clone.public).verify(b'item', signature))
    for left in range(8, 5, -1):
        try:
            sign_once(phone, service, rng, [b'item'], None, 12345 + left)
        except Refused as refused:
            Count.check(f'wrong share: {left} tries left', str(refused) == 'cosign_pin_wrong'
                        and refused.retries == left)
    Count.refuses('then a pause, for the right one too', 'cosign_pin_paused',
                  lambda: sign_once(phone, service, rng, [b'item']))


def main():
    """All of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument('driver')
    parser.add_argument('--runs', type=int, default=1200, help='of each direction')
    parser.add_argument('--seed', type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument('--only', default='')
    options = parser.parse_args()
    print(f'seed {options.seed}')
    rng = random.Random(options.seed)
    driver = Driver(options.driver, options.seed)
    names = iter(range(1 << 30))
    if 'runs' in options.only or not options.only:
        random_runs('C++ phone, model service', lambda p: CppPhone(driver, f'p{next(names)}', p),
                    lambda: ModelService(rng.random()), rng, options.runs)
        random_runs('model phone, C++ service', lambda p: ModelPhone(rng.random()),
                    lambda: CppService(driver, f's{next(names)}'), rng, options.runs)
    for attack in (attack_ros, attack_bad_answers, attack_keygen, attack_decryption, attack_nonce_reuse,
                   attack_oracle, attack_service_rules):
        if options.only in attack.__name__:
            attack(driver, rng)
    driver.process.stdin.close()
    print(f'{Count.passed} passed, {Count.failed} failed')
    sys.exit(1 if Count.failed or not Count.passed else 0)


if __name__ == '__main__':
    main()
