"""The plaintext of an envelope: padding, ZIP, manifest, documents.

Written from docs/spec/bid-format.md sections 6 and 7 and docs/spec/zip-profile.md alone.
"""
import re, struct, zlib

from basics import (distinct, fits, guarded, hkdf, is_hex, is_id, is_text, matches, need, number,
                    parse_json, sm3, sm4)

CHUNK, MIB, ONES = 262144, 1 << 20, 0xFFFFFFFF
MANIFEST = {"type": "SBID1-manifest", "envelope": is_id, "program": is_text(64),
            "version": is_text(64), "documents": [
                {"path": matches("(?s).*"), "slot": is_id, "size": number(0, 2**63 - 1),
                 "sm3": is_hex, "format": is_id, "seals": [is_text(256), 0, 64]}, 0, 10000],
            "summary": [{"id": is_id, "value": is_text(1024)}, 0, 128]}


def padded_length(n, price):
    n += 1
    if price:
        n = -(-n // CHUNK) * CHUNK
    e = n.bit_length() - 1
    step = 1 << max(0, e - max(1, e.bit_length()))
    return -(-n // step) * step


def zip_entry(name, method, crc, packed, size, offset):
    """The local header, data descriptor and central header of an entry: all their bytes."""
    big = size >= 0xF0000000
    common = struct.pack("<5H", 45 if big else 20, 0x808, method, 0, 0x21)
    sizes = struct.pack("<2I", ONES, ONES) if big else struct.pack("<2I", packed, size)
    extra = struct.pack("<2Q", size, packed) if big else b""
    extra += struct.pack("<Q", offset) if offset >= ONES else b""
    extra = struct.pack("<2H", 1, len(extra)) + extra if extra else b""
    local = (b"PK\3\4" + common + bytes(4) + (sizes if big else bytes(8))
             + struct.pack("<2H", len(name), 20 if big else 0) + name
             + (struct.pack("<2H16x", 1, 16) if big else b""))
    descriptor = b"PK\7\x08" + struct.pack("<I2Q" if big else "<3I", crc, packed, size)
    central = (b"PK\1\2" + struct.pack("<H", 0x32D) + common + struct.pack("<I", crc) + sizes
               + struct.pack("<2H6xII", len(name), len(extra), 0x81A40000, min(offset, ONES))
               + name + extra)
    return local, descriptor, central


def zip_end(count, size, offset):
    zip64 = b""
    if count >= 65535 or size >= ONES or offset >= ONES:
        zip64 = (b"PK\6\6" + struct.pack("<Q2H2I", 44, 0x32D, 45, 0, 0)
                 + struct.pack("<4Q", count, count, size, offset) + b"PK\6\7"
                 + struct.pack("<IQI", 0, offset + size, 1))
        count, size, offset = 65535, ONES, ONES
    return zip64 + b"PK\5\6" + struct.pack("<4H2IH", 0, 0, count, count, size, offset, 0)


def read_zip(data, price):
    """[(name, method, data, CRC, size)]; every byte of every header is compared."""
    count, size, offset = struct.unpack("<H2I", data[-12:-2])
    if data[-22 - 20 - 56:][:4] == b"PK\6\6" and (count, size, offset) == (65535, ONES, ONES):
        count, size, offset = struct.unpack("<3Q", data[-22 - 20 - 24:-22 - 20])
    need(count <= 10001 and size <= 16 * MIB, "limit_exceeded")
    need(data[offset + size:] == zip_end(count, size, offset), "zip_invalid")
    entries, at, central = [], 0, offset
    for _ in range(count):
        head = data[central:central + 46]
        method, _, _, crc, packed, plain, n, x = struct.unpack("<3H3I2H", head[10:32])
        name = data[central + 46:central + 46 + n]
        extra = data[central + 46 + n:central + 46 + n + x]
        if packed == plain == ONES:
            plain, packed = struct.unpack("<2Q", extra[4:20])
        parts = zip_entry(name, method, crc, packed, plain, at)
        start = at + len(parts[0])
        need(data[at:start] == parts[0] and data[central:central + 46 + n + x] == parts[2]
             and data[start + packed:start + packed + len(parts[1])] == parts[1], "zip_invalid")
        stored, deflated = method == 0 and packed == plain, method == 8 and plain <= 1032 * packed
        need(stored or deflated and not price, "zip_invalid")
        need(name and b"\0" not in name and name[-1:] != b"/", "zip_invalid")
        entries.append((name.decode(), method, data[start:start + packed], crc, plain))
        at, central = start + packed + len(parts[1]), central + 46 + n + x
    need(at == offset and central == offset + size and distinct([e[0] for e in entries]),
         "zip_invalid")
    return entries


def inflate(method, data, crc, size):
    if method == 8:
        stream = zlib.decompressobj(-15)
        data = stream.decompress(data, size + 1)
        need(stream.eof and not stream.unused_data, "zip_invalid")
    need(len(data) == size and zlib.crc32(data) == crc, "zip_invalid")
    return data


RESERVED = re.compile(r"(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|CLOCK\$|(COM|LPT)[0-9¹²³]) *(\..*)?",
                      re.IGNORECASE | re.ASCII)


# Section 7: the blocks whose letters are folded. Python 3.11 has Unicode 14; what later versions
# added to these blocks may fold otherwise, in names that nobody has yet.
FOLDED = [(0x41, 0x24F), (0x370, 0x52F), (0x1E00, 0x1FFF), (0x2126, 0x2126), (0x212A, 0x212B),
          (0x2C60, 0x2C7F), (0xA640, 0xA69F), (0xA720, 0xA7FF), (0xFF21, 0xFF3A)]


def fold(c):
    """Simple case folding of one character."""
    if not any(low <= ord(c) <= high for low, high in FOLDED):
        return c
    return next((f for f in (c.casefold(), c.lower()) if len(f) == 1), c)


def check_paths(paths):
    """Section 7."""
    for path in paths:
        need(len(path.encode()) <= 1024, "path_unsafe")
        for part in path.split("/"):
            need(is_text(255)(part) and part not in (".", "..") and part[-1] not in ". "
                 and not re.search(r'[\\:<>"|?*]', part) and not RESERVED.fullmatch(part), "path_unsafe")
    folded = ["".join(map(fold, p)) for p in paths]
    folders = {p[:i] for p in folded for i in range(len(p)) if p[i] == "/"}
    need(distinct(folded) and not folders & set(folded), "path_duplicate")


def open_envelope(envelope, ciphertext, secret, ctx):
    price = envelope["kind"] == "price"
    keys = hkdf(secret, ctx, b"SBID1 enc", 32)
    plain = sm4("ctr", keys[:16], ciphertext, keys[16:], decrypt=True)
    kept = plain.rstrip(b"\0")
    need(kept[-1:] == b"\x80" and padded_length(len(kept) - 1, price) == len(plain),
         "padding_invalid")
    entries = guarded("zip_invalid", read_zip, kept[:-1], price)
    need(entries and entries[-1][0] == "manifest.json", "manifest_mismatch")
    need(entries[-1][4] <= 16 * MIB, "limit_exceeded")
    text = guarded("zip_invalid", inflate, *entries[-1][1:])
    salt = hkdf(secret, ctx, b"SBID1 manifest", 32)
    need(sm3(b"SBID1 manifest", salt, text).hex() == envelope["manifest"], "manifest_mismatch")
    manifest = parse_json(text, 16 * MIB)
    need(fits(MANIFEST, manifest) and manifest["envelope"] == envelope["id"]
         and distinct([f["id"] for f in manifest["summary"]]), "manifest_mismatch")
    need([(d["path"], d["size"]) for d in manifest["documents"]]
         == [(e[0], e[4]) for e in entries[:-1]], "manifest_mismatch")
    check_paths([d["path"] for d in manifest["documents"]] + ["manifest.json"])
    documents = []
    for entry, document in zip(entries, manifest["documents"]):
        documents.append(guarded("zip_invalid", inflate, *entry[1:]))
        need(sm3(documents[-1]).hex() == document["sm3"], "document_mismatch")
    return manifest, documents
