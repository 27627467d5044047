"""Context, ways, shares, wraps: docs/spec/bid-format.md sections 8 to 10."""
import base64, functools, hashlib, itertools

from basics import (GM, SM4_CBC, Der, Refused, guarded, hkdf, integer, mac, need, oid, openssl,
                    sm2_encrypt, sm3, sm4, tlv, u32, u64, u8, xor)

ROLES = ["supplier", "platform", "rescue"]
b64 = base64.b64decode


CMS, SHA256 = "1.2.840.113549.1.7.", tlv(48, oid("2.16.840.1.101.3.4.2.1"), b"\5\0")
OAEP = {"sha1": tlv(48), "sha256": tlv(48, tlv(0xA0, SHA256), tlv(
    0xA1, tlv(48, oid("1.2.840.113549.1.1.8"), SHA256)))}


def rsa_encrypt(certificate, message, random, name):
    """RSAES-OAEP (RFC 8017 section 7.1.1) with the first bytes of `random` as seed."""
    n, e = (int.from_bytes(k.body, "big") for k in Der(certificate.key.kids[1].body[1:]).kids)
    hashed = lambda data: hashlib.new(name, data).digest()
    mask = lambda seed, size: b"".join(hashed(seed + u32(i)) for i in range(size // 20 + 1))[:size]
    size, length = (n.bit_length() + 7) // 8, hashlib.new(name).digest_size
    block = hashed(b"").ljust(size - length - 2 - len(message), b"\0") + b"\1" + message
    block = xor(block, mask(random[:length], len(block)))
    seed = xor(random[:length], mask(block, length))
    return pow(int.from_bytes(seed + block, "big"), e, n).to_bytes(size, "big")


def context(index, envelope):
    raw = bytes.fromhex
    fields = [u8(1), *(index[k].encode() for k in ("platform", "project", "lot")),
              *(raw(index[k]) for k in ("tender", "certificate", "nonce")), envelope["id"].encode(),
              u8(envelope["stage"])]
    return sm3(b"SBID1 ctx", *(u32(len(f)) + f for f in fields))


class Place:
    """One slot, with all that its wrap depends on but the share."""
    def __init__(self, ctx, openers, ways, w, p, s):
        self.key, self.ctx = (openers["version"], w, p, s), ctx
        slot = ways[w][p]["slots"][s]
        self.kind, self.data = slot["kind"], b64(slot["data"])
        self.certificate = openers["certificates"][slot["certificate"]]
        rsa_kinds = {"cms": "sha256", "cms-oaep-sha1": "sha1"}
        self.oaep = rsa_kinds.get(self.kind) if self.certificate.rsa else None
        self.known = self.oaep or not self.certificate.rsa and self.kind in ("ukey", "mobile", "cms")
        self.digest = way_digest(openers, ways, w)

    def wrap(self, share):
        """Section 8.3."""
        info = self.digest + u8(self.key[2]) + u8(self.key[3])
        w = hkdf(share, self.ctx, b"SBID1 wrap" + info + sm3(self.certificate.raw), 64)
        if self.kind == "ukey":
            return sm4("ecb", w[:16], share) + sm2_encrypt(self.certificate, w[:16], w[16:])
        if self.kind == "mobile":
            return sm2_encrypt(self.certificate, share, w[16:])
        r = b"".join(mac(w[:32], u64(i)) for i in range(3))
        content = sm4("cbc", r[:16], b"SBID1 wrap" + self.ctx + info + share, r[16:32], pad=True)
        name = tlv(48, self.certificate.issuer.raw, self.certificate.serial.raw)
        if self.oaep:
            version, of, kind = integer(0), oid(CMS + "1"), oid(CMS + "3")
            algorithm = tlv(48, oid("1.2.840.113549.1.1.7"), OAEP[self.oaep])
            key = rsa_encrypt(self.certificate, r[:16], r[32:], self.oaep)
        else:
            version, of, kind = integer(1), oid(GM + "1"), oid(GM + "3")
            algorithm = tlv(48, oid("1.2.156.10197.1.301.3"))
            key = sm2_encrypt(self.certificate, r[:16], r[32:80])
        recipient = tlv(48, version, name, algorithm, tlv(4, key))
        cipher = tlv(48, of, tlv(48, oid(SM4_CBC), tlv(4, r[16:32])), tlv(0x80, content))
        return tlv(48, kind, tlv(0xA0, tlv(48, version, tlv(49, recipient), cipher)))

    def unwrap(self, key):
        options = [] if not self.oaep else [
            "-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:" + self.oaep,
            "-pkeyopt", "rsa_mgf1_md:" + self.oaep]
        decrypt = lambda data: openssl("pkeyutl", "-decrypt", "-inkey", key, *options, data=data)
        if self.kind == "ukey":
            return sm4("ecb", decrypt(self.data[32:]), self.data[:32], decrypt=True)
        if self.kind == "mobile":
            return decrypt(self.data)
        _, recipients, cipher = Der(self.data).kids[1].kids[0].kids
        content_key, iv = decrypt(recipients.kids[0].kids[3].body), cipher.kids[1].kids[1].body
        return sm4("cbc", content_key, cipher.kids[2].body, iv, decrypt=True, pad=True)[-32:]

    def release(self, key):
        """Section 10: the share, but only when the wrap is the one that its place asks for."""
        share = guarded("wrap_mismatch", self.unwrap, key)
        need(len(share) == 32 and guarded("wrap_mismatch", self.wrap, share) == self.data,
             "wrap_mismatch")
        return share


def way_digest(openers, ways, w):
    out = u8(openers["version"]) + u8(w) + u8(len(ways[w]))
    for part in ways[w]:
        out += u8(ROLES.index(part["role"])) + u8(part["threshold"]) + u8(len(part["slots"]))
        for s in part["slots"]:
            certificate = openers["certificates"][s["certificate"]]
            out += u8(len(s["kind"])) + s["kind"].encode() + sm3(certificate.raw)
    return sm3(b"SBID1 way", out)


def ways_of(openers, envelope):
    return next((e["ways"] for e in openers["envelopes"] if e["id"] == envelope["id"]), [])


def places_of(ctx, openers, envelope):
    ways = ways_of(openers, envelope)
    return [Place(ctx, openers, ways, w, p, s) for w, way in enumerate(ways)
            for p, part in enumerate(way) for s in range(len(part["slots"]))]


def gf_mul(a, b):
    out = 0
    while b:
        out, a, b = out ^ (a if b & 1 else 0), a << 1 ^ (0x11B if a & 128 else 0), b >> 1
    return out


def interpolate(points):
    """The part from {x: share}: Lagrange at 0 over GF(2^8); 1/v is v to the 254th."""
    out = bytes(32)
    for x, share in points.items():
        factor = 1
        for other in points.keys() - {x}:
            inverse = 1
            for _ in range(254):
                inverse = gf_mul(inverse, other ^ x)
            factor = gf_mul(factor, gf_mul(other, inverse))
        out = xor(out, bytes(gf_mul(v, factor) for v in share))
    return out


def fits_commitment(secret, ctx, envelope):
    raw = bytes.fromhex
    info = raw(envelope["root"]) + u64(envelope["length"]) + raw(envelope["manifest"])
    return hkdf(secret, ctx, b"SBID1 commit" + info, 32).hex() == envelope["commitment"]


def open_ways(ctx, envelope, versions, holders):
    """The secret of an envelope from the holders' keys, each of which releases its first slot."""
    places, released = [p for v in versions for p in places_of(ctx, v, envelope)], {}
    for certificate, key in holders:
        mine = [p for p in places if p.known and p.certificate.key.raw == certificate.key.raw]
        need(mine, "opener_not_found")
        share = mine[0].release(key)
        need(mine[0].key not in released, "share_invalid")
        released[mine[0].key] = share
    complete = False
    for openers, w, way in [(v, *x) for v in versions for x in enumerate(ways_of(v, envelope))]:
        choices = []
        for p, part in enumerate(way):
            place = (openers["version"], w, p)
            shares = {k[3] + 1: v for k, v in released.items() if k[:3] == place}
            choices.append([interpolate(dict(c)) if part["threshold"] > 1 else c[0][1]
                            for c in itertools.combinations(shares.items(), part["threshold"])])
        for parts in itertools.product(*choices):
            complete, secret = True, functools.reduce(xor, parts)
            if fits_commitment(secret, ctx, envelope):
                return secret
    raise Refused("commitment_mismatch" if complete else "shares_insufficient")


def junk_wraps(secret, ctx, openers, envelope):
    """Section 10, recompute: the slots [version, way, part, slot] without what they should hold."""
    shares, ways, version = {}, ways_of(openers, envelope), openers["version"]
    for w, way in enumerate(ways):
        digest = way_digest(openers, ways, w)
        parts = [hkdf(secret, ctx, b"SBID1 part" + digest + u8(p), 32) for p in range(len(way) - 1)]
        parts.append(functools.reduce(xor, parts, secret))
        for p, (part, share) in enumerate(zip(way, parts)):
            for s in range(len(part["slots"])):
                value, power = share, 1
                for j in range(1, part["threshold"]):
                    power = gf_mul(power, s + 1)
                    c = hkdf(secret, ctx, b"SBID1 shamir" + digest + u8(p) + u8(j), 32)
                    value = xor(value, bytes(gf_mul(v, power) for v in c))
                shares[version, w, p, s] = value
    return [list(p.key) for p in places_of(ctx, openers, envelope)
            if p.known and p.wrap(shares[p.key]) != p.data]
