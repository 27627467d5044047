"""What read_bid.py would take from libraries: canonical JSON, DER, certificates, SM2 encryption.

Written from docs/spec/bid-format.md alone. For tests only: SM2 here is not constant-time, and keys
stand on openssl's command line.
"""
import base64, functools, hashlib, hmac, json, pathlib, re, struct, subprocess, tempfile
from datetime import datetime

class Refused(Exception):
    pass


def need(ok, code):
    if not ok:
        raise Refused(code)


def guarded(code, function, *args):
    """Every failure to parse becomes one error code."""
    try:
        return function(*args)
    except (ValueError, IndexError, KeyError, TypeError, RecursionError, struct.error):
        raise Refused(code) from None


# ---- Section 1: primitives --------------------------------------------------------------------
u8, u32, u64 = (struct.Struct(f).pack for f in (">B", ">I", ">Q"))
sm3 = lambda *parts: hashlib.new("sm3", b"".join(parts)).digest()
mac = lambda key, data: hmac.new(key, data, "sm3").digest()
distinct = lambda values: len(set(values)) == len(values)
xor = lambda a, b: bytes(x ^ y for x, y in zip(a, b, strict=True))


def hkdf(ikm, salt, info, n):
    key, block, out = mac(salt, ikm), b"", b""
    for i in range(1, -(-n // 32) + 1):
        block = mac(key, block + info + u8(i))
        out += block
    return out[:n]


def openssl(*args, data=b"", **files):
    """Runs openssl; {name} in the arguments becomes the path of a file with that content."""
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            pathlib.Path(folder, name).write_bytes(content)
        args = [a.format(**{n: f"{folder}/{n}" for n in files}) for a in args]
        run = subprocess.run(["openssl", *args], input=data, capture_output=True)
    if run.returncode != 0:
        raise ValueError("openssl " + args[0])
    return run.stdout


def sm4(mode, key, data, iv=None, decrypt=False, pad=False):
    return openssl("enc", "-d" if decrypt else "-e", "-sm4-" + mode, "-K", key.hex(),
                   *(["-iv", iv.hex()] if iv else []), *([] if pad else ["-nopad"]), data=data)


# ---- Section 1.1: canonical JSON and the values in it -----------------------------------------
def members(pairs):
    if len({k for k, _ in pairs}) != len(pairs):
        raise ValueError("a member twice")
    return dict(pairs)


def integer64(text):
    if text == "-0" or not -2**63 <= int(text) < 2**63:
        raise ValueError("minus zero, or beyond 64 bits")
    return int(text)


def no_number(text):
    raise ValueError("not an integer: " + text)


def depth(v):
    kids = v.values() if type(v) is dict else v if type(v) is list else None
    return 0 if kids is None else 1 + max(map(depth, kids), default=0)


def parse_json(data, limit):
    need(len(data) <= limit, "limit_exceeded")
    value = guarded("json_invalid", lambda: json.loads(
        data.decode(), object_pairs_hook=members, parse_int=integer64, parse_float=no_number,
        parse_constant=no_number))
    need(guarded("json_invalid", depth, value) <= 8, "json_invalid")
    again = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    need(guarded("json_invalid", again.encode) == data, "json_not_canonical")
    return value


def fits(rule, v):
    """A rule: a test, a value, {member: rule}, [rule, least, most]: an array, (rule, or rule)."""
    if callable(rule):
        return rule(v)
    if type(rule) is dict:
        return type(v) is dict and list(v) == list(rule) and all(fits(rule[k], v[k]) for k in v)
    if type(rule) is list:
        return type(v) is list and rule[1] <= len(v) <= rule[2] and all(fits(rule[0], x) for x in v)
    if type(rule) is tuple:
        return any(fits(r, v) for r in rule)
    return type(v) is type(rule) and v == rule


def matches(pattern):
    return lambda v: type(v) is str and re.fullmatch(pattern, v) is not None


def number(low, high):
    return lambda v: type(v) is int and low <= v <= high


FORBIDDEN = re.compile("[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
is_text = lambda n: lambda v: (type(v) is str and 1 <= len(v.encode()) <= n
                               and not FORBIDDEN.search(v))
is_id, is_hex = matches(r"[A-Za-z0-9._-]{1,64}"), matches(r"[0-9a-f]{64}")
is_bool = lambda v: type(v) is bool


def is_time(v):
    try:
        return (matches(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")(v) and v.isascii() and v >= "1970"
                and datetime.fromisoformat(v[:-1]) is not None)
    except ValueError:
        return False


def is_b64(low, high):
    def test(v):
        try:
            raw = base64.b64decode(v, validate=True)
        except (ValueError, TypeError):
            return False
        return low <= len(raw) <= high and base64.b64encode(raw).decode() == v
    return test


# ---- DER, certificates, SM2 -------------------------------------------------------------------
class Der:
    def __init__(self, data, start=0, inner=False):
        self.tag, size, head = data[start], data[start + 1], start + 2
        if size >= 128:
            count, head = size & 127, head + (size & 127)
            size = int.from_bytes(data[head - count:head], "big")
            if not 1 <= count <= 4 or size < 128 or size >> 8 * (count - 1) == 0:
                raise ValueError("length")
        end = head + size
        if self.tag & 31 == 31 or end > len(data) or (not inner and end != len(data)):
            raise ValueError("layout")
        self.raw, self.body, self.kids = data[start:end], data[head:end], []
        if self.tag == 2 and (not size or size > 1 and self.body[0] in (0, 255)
                              and (self.body[0] ^ self.body[1]) < 128):
            raise ValueError("integer")
        at = 0
        while self.tag & 32 and at < size:
            self.kids.append(Der(self.body, at, True))
            at += len(self.kids[-1].raw)

    def is_oid(self, *dotted):
        return self.raw in map(oid, dotted)

    def text(self):
        return self.body.decode("utf-16-be" if self.tag == 30 else "utf-8")


def tlv(tag, *parts):
    body = b"".join(parts)
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8 or 1, "big")
    return u8(tag) + (size if len(body) < 128 else u8(128 + len(size)) + size) + body


def integer(n):
    return tlv(2, n.to_bytes(n.bit_length() // 8 + 1, "big"))


@functools.cache
def oid(dotted):
    first, second, *rest = map(int, dotted.split("."))
    out = b""
    for arc in [first * 40 + second, *rest]:
        groups = [arc & 127]
        while arc := arc >> 7:
            groups.append(arc & 127 | 128)
        out += bytes(reversed(groups))
    return tlv(6, out)


GM, SM4_CBC = "1.2.156.10197.6.1.4.2.", "1.2.156.10197.1.104.2"
SM2_SIGN = ("1.2.156.10197.1.501", "1.2.156.10197.1.301.1", "1.2.156.10197.1.301")
SHA_SIGN = ("1.2.840.10045.4.3.2", "1.2.840.113549.1.1.11", "1.2.840.113549.1.1.1")


class Certificate:
    def __init__(self, raw):
        self.raw, (self.tbs, self.algorithm, self.signature) = raw, Der(raw).kids
        fields = self.tbs.kids[self.tbs.kids[0].tag == 0xA0:]
        self.serial, _, self.issuer, dates, self.subject, self.key = fields[:6]
        self.start, self.end = (self.iso(d) for d in dates.kids)
        self.extensions = {e.kids[0].raw: e.kids[-1].body for f in fields[6:] if f.tag == 0xA3
                           for e in f.kids[0].kids}
        stated = self.extensions.get(oid("2.5.29.15"))
        usage = Der(stated).body[1:] if stated else b""
        self.usage = {i for i in range(8 * len(usage)) if usage[i // 8] << i % 8 & 128}
        basic = Der(self.extensions.get(oid("2.5.29.19"), b"\x30\0")).kids
        self.may_issue = (bool(basic) and basic[0].raw == b"\1\1\xff"
                          and (5 in self.usage or not stated))
        self.names = [(a.kids[0].raw, a.kids[1].text()) for s in self.subject.kids for a in s.kids]
        self.name = self.attribute("2.5.4.10") or self.attribute("2.5.4.3")
        self.code = self.credit_code()

        self.may_sign = bool({0, 1} & self.usage)       # one is enough; no key usage is none
        self.rsa = self.key.kids[0].kids[0].is_oid("1.2.840.113549.1.1.1")
        sm2 = self.key.kids[0].kids[-1].is_oid("1.2.156.10197.1.301")
        self.may_decrypt = (self.rsa or sm2) and bool({2, 3, 4} & self.usage)

    @classmethod
    def load(cls, path):
        """From a file, PEM or DER."""
        data = pathlib.Path(path).read_bytes()
        if data.startswith(b"-----"):
            data = base64.b64decode(b"".join(data.split(b"-----")[2].split()))
        return cls(data)

    @staticmethod
    def iso(node):
        v = node.body.decode()
        v = v if node.tag == 24 else ("19" if v >= "5" else "20") + v
        return f"{v[:4]}-{v[4:6]}-{v[6:8]}T{v[8:10]}:{v[10:12]}:{v[12:]}"

    def attribute(self, dotted):
        """The last of several."""
        return next((value for name, value in self.names[::-1] if name == oid(dotted)), None)

    def credit_code(self):
        for dotted in ("1.2.156.10260.4.4", "1.2.156.10260.4.1.4"):
            value = self.extensions.get(oid(dotted))
            if value is not None:
                try:
                    return Der(value).text()
                except (ValueError, IndexError):
                    return value.decode()
        return self.attribute("2.5.4.97") or self.attribute("2.5.4.5")

    def verifies(self, signature, message, algorithm):
        """Whether this certificate's key made the signature."""
        options = ["-sha256"]
        if algorithm.is_oid(*SM2_SIGN):
            options = ["-sm3", "-sigopt", "distid:1234567812345678"]
        elif not algorithm.is_oid(*SHA_SIGN):
            return False
        pem = b"-----BEGIN PUBLIC KEY-----\n%s-----END PUBLIC KEY-----\n"
        try:
            openssl("dgst", *options, "-verify", "{key}", "-signature", "{sig}", data=message,
                    key=pem % base64.encodebytes(self.key.raw), sig=signature)
        except ValueError:
            return False
        return True

    def issued(self, other):
        """Whether this certificate stands above another certificate or a revocation list."""
        return (other.issuer.raw == self.subject.raw and other.algorithm.raw in other.tbs.raw
                and self.verifies(other.signature.body[1:], other.tbs.raw, other.algorithm.kids[0]))


class RevocationList:
    def __init__(self, raw):
        self.tbs, self.algorithm, self.signature = Der(raw).kids
        fields = self.tbs.kids[self.tbs.kids[0].tag == 2:]
        self.issuer, self.start = fields[1], Certificate.iso(fields[2])
        self.revoked = {r.kids[0].raw for f in fields[3:] if f.tag == 48 for r in f.kids}


P = 2**256 - 2**224 - 2**96 + 2**64 - 1
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
     0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0)


def add(a, b):
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % P == 0:
        return None
    slope = ((3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, P) if a == b
             else (b[1] - a[1]) * pow(b[0] - a[0], -1, P))
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def times(k, point):
    out = None
    for bit in bin(k)[2:]:
        out = add(add(out, out), point if bit == "1" else None)
    return out


def sm2_encrypt(certificate, message, nonce):
    """SM2Cipher; the point stands at the end of the public key, uncompressed."""
    point, k = certificate.key.kids[1].body[-64:], int.from_bytes(nonce, "big") % N
    q = int.from_bytes(point[:32], "big"), int.from_bytes(point[32:], "big")
    x2, y2 = (v.to_bytes(32, "big") for v in times(k, q))
    stream = b"".join(sm3(x2, y2, u32(i)) for i in range(1, len(message) // 32 + 2))[:len(message)]
    return tlv(48, *map(integer, times(k, G)), tlv(4, sm3(x2, message, y2)),
               tlv(4, xor(message, stream)))
