#!/usr/bin/env python3
"""Section 14 of docs/spec/bid-format.md, calculated: worked_example.py [--check]

Prints the section; with --check, compares it with the document and exits 1 when they differ.
"""
import json, pathlib, sys

from basics import hkdf, openssl, sm3, sm4, u32, u64, u8
from content import read_zip
from openers import b64, fits_commitment
from read_bid import read_parts, words

ROOT = pathlib.Path(__file__).resolve().parents[3]
SPEC, VECTORS = ROOT / "docs/spec/bid-format.md", ROOT / "tests/vectors/bid"


def in_lines(data):
    text = data.hex()
    return "\n    ".join(text[i:i + 96] for i in range(0, len(text), 96))


def example():
    file = (VECTORS / "good.sbid").read_bytes()
    body, table, openers_part, index_part, signature = read_parts(file)
    index, openers = json.loads(index_part), json.loads(openers_part)
    envelope, raw = index["envelopes"][0], bytes.fromhex
    fields = [u8(1), *(index[k].encode() for k in ("platform", "project", "lot")),
              *(raw(index[k]) for k in ("tender", "certificate", "nonce")),
              envelope["id"].encode(), u8(envelope["stage"])]
    ctx_input = b"SBID1 ctx" + b"".join(u32(len(f)) + f for f in fields)
    ctx = sm3(ctx_input)
    slot = openers["envelopes"][0]["ways"][0][0]["slots"][0]
    data, certificate = b64(slot["data"]), b64(openers["certificates"][slot["certificate"]])
    key = openssl("pkeyutl", "-decrypt", "-inkey",
                  str(VECTORS / "keys/supplier_encrypt.test-secret.pem"), data=data[32:])
    cs = sm4("ecb", key, data[:32], decrypt=True)
    way = b"SBID1 way" + bytes([0, 0, 1, 0, 1, 1, 4]) + b"ukey" + sm3(certificate)
    d = sm3(way)
    w = hkdf(cs, ctx, b"SBID1 wrap" + d + bytes(2) + sm3(certificate), 64)
    enc, salt = hkdf(cs, ctx, b"SBID1 enc", 32), hkdf(cs, ctx, b"SBID1 manifest", 32)
    plain = sm4("ctr", enc[:16], body, enc[16:], decrypt=True)
    z = len(plain.rstrip(b"\0")) - 1
    assert w[:16] == key and fits_commitment(cs, ctx, envelope) and plain[z] == 0x80
    assert sm3(b"SBID1 leaf", u64(0), body) == table == raw(envelope["root"])
    assert [e[0] for e in read_zip(plain[:z], False)][-1] == "manifest.json"
    groups = sm3(index_part).hex().upper()
    groups = " ".join(groups[i:i + 4] for i in range(0, 64, 4))
    return f"""## 14. Worked example: `good.sbid`

One envelope, opened by the supplier alone. Each value can be had with OpenSSL 3 from the file and `keys/supplier_encrypt.test-secret.pem`.

```
file         {len(file)} bytes: head 8, body {len(body)}, table {len(table)}, openers {len(openers_part)}, index {len(index_part)}, signature {len(signature)}, footer 64
fingerprint  {groups[:39]}
             {groups[40:]}
words        {words(sm3(index_part))}
tender       {index["tender"]}
certificate  {index["certificate"]}
nonce        {index["nonce"]}

"SBID1 ctx" | …, {len(ctx_input)} bytes:
    {in_lines(ctx_input)}
ctx          {ctx.hex()}

slot         envelope technical, way 0, part 0, slot 0: ukey, {len(data)} bytes = 32 (SM4-ECB) + {len(data) - 32} (SM2Cipher)
key          {key.hex()}   (SM2Cipher, decrypted with the supplier's key)
CS           {cs.hex()}   (32 bytes, decrypted with that)
"SBID1 way" | …, {len(way)} bytes:
    {in_lines(way)}
D            {d.hex()}
W            {w[:32].hex()}
             {w[32:].hex()}   (begins with the key above)

enc          {enc[:16].hex()} (SM4 key) {enc[16:].hex()} (IV)
salt         {salt.hex()}
leaf = root  {table.hex()}
manifest     {envelope["manifest"]}
commitment   {envelope["commitment"]}
ciphertext   {body[:16].hex()} …
plaintext    {plain[:16].hex()} …  ZIP of {z} bytes, 0x80, {len(plain) - z - 1} zeros: padme({z + 1}) = {len(plain)}
```
"""


def main():
    text = example()
    if "--check" not in sys.argv[1:]:
        print(text, end="")
        return
    document = SPEC.read_text()
    sys.exit(document[document.find("## 14."):] != text)


if __name__ == "__main__":
    main()
