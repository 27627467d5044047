#!/usr/bin/env python3
"""Opens a sealed bid (.sbid): one file, the standard library and the openssl 3 program.

    slim_reader.py BID --tender FILE [--lot ID] [--at TIME] [--key FILE] [--out NEW_FOLDER]

Written from docs/spec (bid-format, tender-file, zip-profile) and its vectors alone. It prints JSON,
or ends with 1 and the code of a fault, and then writes nothing. Without a key it only checks.

It opens by a supplier's own way, with an SM2 key in a file and `ukey` wraps. It leaves out: other
ways and wraps, rewraps, other keys than SM2, ZIP64; revocation, extended key usage, constraints of
names; who may open (8.1, 8.5) but for the supplier's own openers; nonconformities; words; the form
of the tender file's members (its signer answers for it); names not in UTF-8; days that a month
lacks. Faults of JSON have the code of their part. A bid is held in memory. openssl gets the
envelope's key as an argument, which others on the computer can see. Foldings are Python's.
"""
import argparse
import base64
import hashlib
import hmac
import io
import json
import pathlib
import re
import struct
import subprocess
import tempfile
import time
import zlib

CHUNK = 262144
ORDER = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123  # of sm2p256v1
SCRATCH = tempfile.TemporaryDirectory()


class Refusal(SystemExit):
    """Ends the program; its text is the error code of the specification."""


def need(condition, code):
    if not condition:
        raise Refusal(code)


def sm3(*parts):
    return hashlib.new("sm3", b"".join(parts)).digest()


def hkdf(ikm, salt, info, length=32):
    key = hmac.digest(salt, ikm, "sm3")
    first = hmac.digest(key, info + b"\1", "sm3")
    return (first + hmac.digest(key, first + info + b"\2", "sm3"))[:length]


def openssl(*words, data=b""):
    run = subprocess.run(["openssl", *words], input=data, capture_output=True)
    return run.stdout if run.returncode == 0 else b""  # nothing when it fails


# ---- Canonical JSON (section 1.1): a form is a regular expression that admits its spelling alone
def thing(**members):
    return r"\{" + ",".join(f'"{name}":{form}' for name, form in members.items()) + r"\}"


def array(form, most, may_be_empty=""):
    return rf"\[(?:{form}(?:,{form}){{0,{most - 1}}}){may_be_empty}\]"


def text(most):
    bad = r"\xc2[\x80-\x9f]|\xd8\x9c|\xe2\x80[\x8e\x8f\xa8-\xae]|\xe2\x81[\xa6-\xa9]|\xef\xbb\xbf"
    return rf'"(?:(?!{bad})[^\x00-\x1f"\\\x7f]|\\["\\]){{1,{most}}}"'


ID, DIGEST, NONCE = '"[A-Za-z0-9._-]{1,64}"', '"[0-9a-f]{64}"', '"[0-9a-f]{32}"'
NUMBER, STAGE = "(?:0|[1-9][0-9]{0,14})", "(?:1[0-6]|[1-9])"
TIME = '"(?:19[7-9]|[2-9][0-9]{2})[0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9](?::[0-5][0-9]){2}Z"'
SPARE = "[A-Za-z0-9+/](?:[AQgw]=|[A-Za-z0-9+/][AEIMQUYcgkosw048])="
BASE64 = f'"(?:[A-Za-z0-9+/]{{4}}){{0,21845}}(?:{SPARE})?"'
INDEX = thing(
    type='"SBID1-index"', suite=NUMBER, platform=ID, project=ID, lot=ID, tender=DIGEST,
    supplier=thing(name=text(512), code=text(64)), certificate=DIGEST, nonce=NONCE, created=TIME,
    replaces=f"(?:null|{DIGEST})", openers=DIGEST, envelopes=array(thing(
        id=ID, kind='"(?:qualification|technical|commercial|price)"', stage=STAGE, title=text(512),
        length=NUMBER, chunks=NUMBER, root=DIGEST, manifest=DIGEST, commitment=DIGEST), 16))
OPENERS = thing(
    type='"SBID1-openers"', version="0", nonce=NONCE, fingerprint="null", created=TIME,
    certificates=array(BASE64, 64), envelopes=array(thing(id=ID, ways=array(array(thing(
        role='"(?:supplier|platform|rescue)"', threshold=STAGE, slots=array(thing(
            kind=ID, certificate=NUMBER, data=BASE64), 16)), 4), 8)), 16))
MANIFEST = thing(
    type='"SBID1-manifest"', envelope=ID, program=text(64), version=text(64), documents=array(thing(
        path=text(1024), slot=ID, size=NUMBER, sm3=DIGEST, format=ID,
        seals=array(text(256), 64, "?")), 10000, "?"),
    summary=array(thing(id=ID, value=text(1024)), 128, "?"))
WINDOWS = r"(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|CLOCK\$|(?:COM|LPT)(?:[0-9]|\xc2[\xb9\xb2\xb3]))"
PART = rf'(?!{WINDOWS} *(?:\.|\Z))[^\\/:<>"|?*]{{1,255}}(?<![. ])'


def parse_json(data, form, code):
    need(len(data) <= 2**24, "limit_exceeded")
    need(re.fullmatch(form, data.decode("latin-1")), code)
    try:
        return json.loads(data.decode())
    except (ValueError, RecursionError):
        raise Refusal("json_invalid") from None


# ---- DER, certificates, signatures (section 5)
def der(tag, *parts):
    body = b"".join(parts)
    size = len(body).to_bytes(-(-len(body).bit_length() // 8), "big")
    size = bytes([128 + len(size)]) + size if len(body) > 127 else bytes([len(body)])
    return bytes([tag]) + size + body


SM3, SM2_SM3, SM2, DATA, SIGNED_DATA, EC, USAGE, BASIC, *CODES = (
    der(6, bytes.fromhex(oid)) for oid in (
        "2a811ccf55018311", "2a811ccf55018375", "2a811ccf5501822d", "2a811ccf550601040201",
        "2a811ccf550601040202", "2a8648ce3d0201", "551d0f", "551d13", "2a811cd0140404",
        "2a811cd014040104"))
SM3, SM2_SM3, SM2_KEY = der(0x30, SM3), der(0x30, SM2_SM3), der(0x30, EC, SM2)


class Der(list):
    """An element: tag, body, whole; a list of the elements in it when it is constructed."""

    def __init__(self, data, alone=True):
        self.tag, head, size = data[0], 2, data[1]
        if size > 127:
            head, size = size - 126, int.from_bytes(data[2:size - 126], "big")
        self.body, self.whole = data[head:head + size], data[:head + size]
        if der(self.tag, self.body) != self.whole or alone and self.whole != data:
            raise ValueError("not DER")
        rest = self.body if self.tag & 32 else b""
        while rest:
            self.append(Der(rest, alone=False))
            rest = rest[len(self[-1].whole):]


class Certificate:
    def __init__(self, data):
        self.der, (body, self.algorithm, self.signature) = data, Der(data)
        fields = [f for f in body if f.tag != 0xA0]
        self.serial, self.issuer, self.subject = (fields[i].whole for i in (0, 2, 4))
        self.signed_part, self.key = body.whole, fields[5]
        self.start, self.end = (  # 14 digits: UTCTime has two less
            (b"" if t.tag == 24 else b"20" if t.body < b"5" else b"19") + t.body for t in fields[3])
        extensions = list(fields[-1][0]) if fields[-1].tag == 0xA3 else []
        self.critical = {e[0].whole for e in extensions if len(e) == 3}
        values = {e[0].whole: e[-1].body for e in extensions}
        self.usage = Der(values[USAGE]).body[1] if USAGE in values else None
        basic = [int.from_bytes(b.body, "big") for b in Der(values.get(BASIC, der(0x30)))]
        self.room = (basic + [7])[1] if basic and basic[0] else -1
        names = {pair[0].body.hex(): pair[1].body for part in fields[4] for pair in part}
        self.name = names.get("55040a", names.get("550403", b"")).decode()
        codes = [values[c] for c in CODES if c in values]
        codes = [c if c[:1].isalnum() else Der(c).body for c in codes]
        self.code = [*codes, names.get("550461", names.get("550405", b""))][0].decode()

    def signed(self, content, signature):
        paths = [pathlib.Path(SCRATCH.name, name) for name in ("key", "signature")]
        paths[0].write_bytes(self.key.whole)
        paths[1].write_bytes(signature)
        return self.key[0].whole == SM2_KEY and openssl(
            "dgst", "-sm3", "-sigopt", "distid:1234567812345678", "-verify", paths[0],
            "-signature", paths[1], data=content)

    def check_path(self, at, roots, others):
        """Of several issuers that fit, the first is taken."""
        need(at >= self.start, "certificate_not_yet_valid")
        need(at <= self.end, "certificate_expired")
        leaf = self
        for below in range(9):
            need(leaf and below < 8 and leaf.critical <= {USAGE, BASIC}, "certificate_untrusted")
            if leaf.der in [r.der for r in roots]:
                return
            leaf = next((c for c in roots + others if c.start <= at <= c.end and c.room >= below
                         and c.subject == leaf.issuer and (c.usage is None or c.usage & 4)
                         and leaf.algorithm.whole == SM2_SM3
                         and c.signed(leaf.signed_part, leaf.signature.body[1:])), None)


def certificate(data):
    try:
        return Certificate(base64.b64decode(data))
    except (ValueError, LookupError, RecursionError):
        raise Refusal("certificate_invalid") from None


class Signed:
    """A SignedData in the exact form: built again from what it holds, it has the same bytes."""

    def __init__(self, data, content, code, forged):
        try:
            fields = Der(data)[1][0]
            self.content = content or fields[2][1][0].body
            self.others = [Certificate(c.whole) for c in fields[3]]
            lists = sorted({c.whole for c in fields[4]}) if fields[4].tag == 0xA1 else []
            name, signature = fields[-1][0][1].whole, fields[-1][0][-1].body
            (self.signer,) = [c for c in self.others if der(0x30, c.issuer, c.serial) == name]
        except (ValueError, LookupError, RecursionError):
            raise Refusal(code) from None
        one, embedded = der(2, b"\1"), b"" if content else der(0xA0, der(4, self.content))
        info = der(0x30, one, name, SM3, SM2_SM3, der(4, signature))
        again = der(0x30, SIGNED_DATA, der(0xA0, der(
            0x30, one, der(0x31, SM3), der(0x30, DATA, embedded),
            der(0xA0, *sorted({c.der for c in self.others})),
            der(0xA1, *lists) if lists else b"", der(0x31, info))))
        need(again == data and max(len(self.others), len(lists)) <= 64, code)
        need(self.signer.signed(self.content, signature), forged)
        need((self.signer.usage or 0) & 0xC0, "certificate_usage")


class Bid:
    """A bid; making one checks all that needs neither key nor tender file (sections 2 to 8)."""

    def __init__(self, data):
        need(data[:4] == b"SBID", "bid_not_bid")
        need(data[4:8] == b"\1\1\0\0", "bid_version")
        need(data[-4:] == b"SBID" and len(data) >= 72, "bid_truncated")
        *lengths, total = struct.unpack(">6Q", data[-64:-16])
        need(data[-16:-4] == bytes(12) and total == len(data) == sum(lengths) + 72
             and all(lengths) and lengths[1] % 32 == 0, "bid_layout")
        need(all(n <= 2**most for n, most in zip(lengths, (40, 27, 18, 18, 24))), "limit_exceeded")
        body, table, openers, index, signature = map(io.BytesIO(data[8:]).read, lengths)
        self.index = parse_json(index, INDEX, "bid_index")
        need(self.index["suite"] == 1, "bid_version")
        self.fingerprint, self.envelopes = sm3(index).hex(), self.index["envelopes"]
        for name in "id", "commitment":
            need(len({e[name] for e in self.envelopes}) == len(self.envelopes), "bid_index")
        self.signed = Signed(signature, index, "signature_format", "signature_invalid")
        signer = self.signed.signer
        need(sm3(signer.der).hex() == self.index["certificate"], "signature_invalid")
        need([*self.index["supplier"].values()] == [signer.name, signer.code], "supplier_mismatch")
        need(sm3(openers).hex() == self.index["openers"], "bid_openers")
        self.openers = parse_json(openers, OPENERS, "bid_openers")
        need(all(self.openers[name] == self.index[name] for name in ("nonce", "created"))
             and [e["id"] for e in self.openers["envelopes"]] == [e["id"] for e in self.envelopes],
             "bid_openers")
        self.holders = [certificate(c) for c in self.openers["certificates"]]
        self.slots = [(p["role"], s["certificate"]) for e in self.openers["envelopes"]
                      for way in e["ways"] for p in way for s in p["slots"]]
        need([*dict.fromkeys(number for role, number in self.slots)]
             == [*range(len(self.holders))], "bid_openers")
        need(len(body) == sum(e["length"] for e in self.envelopes)
             and len(table) == 32 * sum(e["chunks"] for e in self.envelopes), "bid_layout")
        for e in self.envelopes:
            need(e["chunks"] == -(-e["length"] // CHUNK) > 0, "bid_index")
            leaves = [table[i:i + 32] for i in range(0, 32 * e["chunks"], 32)]
            e["body"], body = body[:e["length"]], body[e["length"]:]
            table = table[32 * e["chunks"]:]
            need(self.root(leaves).hex() == e["root"], "bid_chunk")
            chunks = [e["body"][i:i + CHUNK] for i in range(0, e["length"], CHUNK)]
            need(leaves == [sm3(b"SBID1 leaf", struct.pack(">Q", i), chunk)
                            for i, chunk in enumerate(chunks)], "bid_chunk")

    def root(self, leaves):
        half = 1 << (len(leaves) - 1).bit_length() >> 1
        parts = leaves[:half], leaves[half:]
        return sm3(b"SBID1 node", *map(self.root, parts)) if half else leaves[0]

    def check_tender(self, data, at):
        index, file = self.index, Signed(data, None, "tender_invalid", "tender_signature")
        tender = parse_json(file.content, r'\{"type":"SBID1-tender",.*\}', "tender_invalid")
        need(file.signer.der == base64.b64decode(tender["platform"]["certificate"]),
             "tender_signature")
        named = [sm3(file.content).hex(), tender["platform"]["id"], tender["project"]["id"]]
        need(named == [index[n] for n in ("tender", "platform", "project")], "tender_mismatch")
        need(index["lot"] in [lot["id"] for lot in tender["lots"]], "tender_lot_unknown")
        known, own = ([[e[n] for n in ("id", "kind", "stage", "title")] for e in envelopes]
                      for envelopes in (tender["envelopes"], self.envelopes))
        ids = {e[0] for e in own}
        need(ids <= {e[0] for e in known}, "envelope_unknown")
        need(own == [e for e in known if e[0] in ids], "tender_mismatch")
        roots = [certificate(c) for c in tender["issuers"]["roots"]]
        others = [certificate(c) for c in tender["issuers"]["intermediates"]] + self.signed.others
        self.signed.signer.check_path(at, roots, others)
        for holder in {self.holders[n] for role, n in self.slots if role == "supplier"}:
            need(holder.code == index["supplier"]["code"], "supplier_mismatch")
            need((holder.usage or 0) & 0x38, "certificate_usage")
            holder.check_path(min(at, holder.end), roots, others)

    def unwrap(self, number, key):
        """CS and ctx of an envelope (sections 8 to 10), by a way that takes only this key."""
        index, e = self.index, self.envelopes[number]
        fields = [b"\1", *(index[n].encode() for n in ("platform", "project", "lot")),
                  *(bytes.fromhex(index[n]) for n in ("tender", "certificate", "nonce")),
                  e["id"].encode(), bytes([e["stage"]])]
        ctx = sm3(b"SBID1 ctx", *(struct.pack(">L", len(f)) + f for f in fields))
        public = openssl("pkey", "-in", key, "-pubout", "-outform", "DER")
        w, slots, s = next((
            (w, way[0]["slots"], s)
            for w, way in enumerate(self.openers["envelopes"][number]["ways"])
            if len(way) == 1 and way[0]["role"] == "supplier" and way[0]["threshold"] == 1
            for s, slot in enumerate(way[0]["slots"]) if slot["kind"] == "ukey"
            and self.holders[slot["certificate"]].key.whole == public), (0, [], 0))
        need(slots, "opener_not_found")
        digests = [sm3(self.holders[t["certificate"]].der) for t in slots]
        named = [bytes([len(t["kind"])]) + t["kind"].encode() + d for t, d in zip(slots, digests)]
        way = sm3(b"SBID1 way", bytes([0, w, 1, 0, 1, len(slots)]), *named)
        data = base64.b64decode(slots[s]["data"])
        wrap_key = openssl("pkeyutl", "-decrypt", "-inkey", key, data=data[32:])
        share = openssl("enc", "-d", "-sm4-ecb", "-nopad", "-K", wrap_key.hex(), data=data[:32])
        wrap = hkdf(share, ctx, b"SBID1 wrap" + way + bytes([0, s]) + digests[s], 64)
        need(len(share) == 32 and wrap_key == wrap[:16], "wrap_mismatch")
        # The same SM2Cipher again: openssl checked all of it but the nonce and the encoding.
        k = (int.from_bytes(wrap[16:], "big") % ORDER).to_bytes(32, "big")
        private = der(0x30, der(2, b"\1"), der(4, k), der(0xA0, SM2))
        point = openssl("pkey", "-inform", "DER", "-pubout", "-outform", "DER", data=private)[-64:]
        numbers = [int.from_bytes(half, "big") for half in (point[:32], point[32:])]
        numbers = [der(2, n.to_bytes(n.bit_length() // 8 + 1, "big")) for n in numbers]
        again = der(0x30, *numbers, der(4, data[-50:-18]), der(4, data[-16:]))
        need(again == data[32:], "wrap_mismatch")
        return share, ctx

    def open(self, number, key):
        """Manifest, and the documents by path."""
        e, (cs, ctx) = self.envelopes[number], self.unwrap(number, key)
        made = bytes.fromhex(f"{e['root']}{e['length']:016x}{e['manifest']}")
        need(hkdf(cs, ctx, b"SBID1 commit" + made).hex() == e["commitment"], "commitment_mismatch")
        both, salt = hkdf(cs, ctx, b"SBID1 enc").hex(), hkdf(cs, ctx, b"SBID1 manifest")
        plain = openssl("enc", "-d", "-sm4-ctr", "-K", both[:32], "-iv", both[32:], data=e["body"])
        content, price = plain.rstrip(b"\0"), e["kind"] == "price"
        size = -(-len(content) // CHUNK) * CHUNK if price else len(content)
        power = max(size.bit_length() - 1, 0)
        step = 1 << max(power - power.bit_length(), 0)
        need(content[-1:] == b"\x80" and len(plain) == -(-size // step) * step, "padding_invalid")
        *entries, (name, data) = unzip(memoryview(content)[:-1], price) or [("", b"")]
        need(name == "manifest.json" and sm3(b"SBID1 manifest", salt, data).hex() == e["manifest"],
             "manifest_mismatch")
        manifest = parse_json(data, MANIFEST, "manifest_mismatch")
        check_paths([d["path"] for d in manifest["documents"]])
        need(manifest["envelope"] == e["id"] and [(name, len(c)) for name, c in entries]
             == [(d["path"], d["size"]) for d in manifest["documents"]], "manifest_mismatch")
        need([sm3(content).hex() for name, content in entries]
             == [d["sm3"] for d in manifest["documents"]], "document_mismatch")
        return manifest, dict(entries)


def unzip(data, stored):
    """Names and contents. The ZIP is built again from its directory and compared (zip-profile)."""
    front, directory, entries = bytearray(), bytearray(), []
    try:
        count, length, start = struct.unpack("<HLL", data[-12:-2])
        rest = data[start:start + length]
        need(count <= 10001 and length <= 2**24, "limit_exceeded")
        for _ in range(count):
            method, crc, packed, size, named = struct.unpack("<H4x3LH", rest[10:30])
            name, raw = rest[46:46 + named], data[len(front) + 30 + named:][:packed]
            rest, unpack = rest[46 + named:], zlib.decompressobj(-15)
            fields = 20, 0x0808, method, 0, 0x21, crc, packed, size
            directory += struct.pack("<6s5H3LH8xLL", b"PK\1\2\x2d\3", *fields, named, 0x81A40000,
                                     len(front)) + name
            front += struct.pack("<4s5H12xHH", b"PK\3\4", *fields[:5], named, 0) + name + raw
            front += struct.pack("<4s3L", b"PK\7\x08", *fields[5:])
            plain = unpack.decompress(raw, size + 1) if method else raw
            need(method == 0 or method == 8 and not stored and unpack.eof
                 and not unpack.unused_data, "zip_invalid")
            need(size == len(plain) <= 1032 * packed and zlib.crc32(plain) == crc, "zip_invalid")
            entries.append((str(name, "utf-8"), bytes(plain)))
    except (zlib.error, struct.error, ValueError):
        raise Refusal("zip_invalid") from None
    end = struct.pack("<4s4xHHLLH", b"PK\5\6", count, count, len(directory), len(front), 0)
    need(front + directory + end == data, "zip_invalid")
    return entries


def check_paths(paths):
    letters = ("[A-\u024f\u0370-\u052f\u1e00-\u1fff\u2126\u212a\u212b\u2c60-\u2c7f\ua640-\ua69f"
               "\ua720-\ua7ff\uff21-\uff3a]")
    files, folders = ["manifest.json"], set()
    for path in paths:
        need(all(re.fullmatch(PART, part.encode().decode("latin-1"), re.I | re.A)
                 for part in path.split("/")), "path_unsafe")
        files.append(re.sub(letters, lambda c: next(  # the simple folding, where it has one
            (f for f in (c[0].casefold(), c[0].lower()) if len(f) == 1), c[0]), path))
        folders.update(files[-1][:slash.start()] for slash in re.finditer("/", files[-1]))
    need(len(set(files)) == len(files) and not folders & set(files), "path_duplicate")


def main():
    parser = argparse.ArgumentParser()
    for name in ("bid", "--tender", "--lot", "--at", "--key", "--out"):
        parser.add_argument(name)
    options = parser.parse_args()
    at = re.sub("[-:TZ]", "", options.at or time.strftime("%Y%m%d%H%M%S", time.gmtime())) + "Z"
    bid = Bid(pathlib.Path(options.bid).read_bytes())
    bid.check_tender(pathlib.Path(options.tender).read_bytes(), at.encode())
    need(options.lot in (None, bid.index["lot"]), "tender_mismatch")
    opened = [bid.open(i, options.key) for i in range(len(bid.envelopes))] if options.key else []
    for manifest, documents in opened if options.out else ():
        for path, content in documents.items():
            target = pathlib.Path(options.out, manifest["envelope"], path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    print(json.dumps({"fingerprint": bid.fingerprint, "manifests": [each[0] for each in opened]}))


if __name__ == "__main__":
    main()
