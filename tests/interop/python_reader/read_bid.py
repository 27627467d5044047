#!/usr/bin/env python3
"""A second reader of sealed bids, written from docs/spec/ alone: a test of the specification.

  read_bid.py BID --tender FILE --key KEY --cert CERT [--key … --cert …] [--envelope ID] --out DIR
  read_bid.py BID --tender FILE --verify-only

Prints JSON. Exit 0: read; 1: refused, with the code of the specification. Slow, not hardened: the
private arithmetic is not constant-time and keys stand on openssl's command line. For tests only.
Not done: trust in the platform's certificate.
"""
import argparse, itertools, json, pathlib, re, struct, sys
from datetime import date, datetime, timezone
from decimal import Decimal

from basics import (GM, SM2_SIGN, Certificate, Der, Refused, RevocationList, distinct, fits,
                    guarded, integer, is_b64, is_bool, is_hex, is_id, is_text, is_time, matches,
                    need, number, oid, parse_json, sm3, u64)
from content import open_envelope
from openers import ROLES, b64, context, junk_wraps, open_ways

CHUNK, MIB = 262144, 1 << 20
CMS = ("1.2.840.113549.1.7.2", "1.2.840.113549.1.7.1")
is_der = is_b64(1, MIB)
KINDS = ("qualification", "technical", "commercial", "price")
INDEX = {"type": "SBID1-index", "suite": 1, "platform": is_id, "project": is_id, "lot": is_id,
         "tender": is_hex, "supplier": {"name": is_text(512), "code": is_text(64)},
         "certificate": is_hex, "nonce": matches("[0-9a-f]{32}"), "created": is_time,
         "replaces": (None, is_hex), "openers": is_hex, "envelopes": [
             {"id": is_id, "kind": KINDS, "stage": number(1, 16), "title": is_text(512),
              "length": number(1, 2**63 - 1), "chunks": number(1, 2**63 - 1), "root": is_hex,
              "manifest": is_hex, "commitment": is_hex}, 1, 16]}
SLOT = {"kind": is_id, "certificate": number(0, 63), "data": is_b64(1, 4096)}
PART = {"role": tuple(ROLES), "threshold": number(1, 16), "slots": [SLOT, 1, 16]}
OPENERS = {"type": "SBID1-openers", "version": number(0, 8), "nonce": matches("[0-9a-f]{32}"),
           "fingerprint": (None, is_hex), "created": is_time, "certificates": [is_der, 1, 64],
           "envelopes": [{"id": is_id, "ways": [[PART, 1, 4], 1, 8]}, 1, 16]}
FORMATS = tuple("any pdf ofd docx xlsx pptx doc xls ppt png jpg jpeg tif tiff bmp gif zip rar 7z "
                "dwg dxf mp4 xml txt csv".split())
FIGURES = ("amount", "quantity", "integer", "text", "date", "choice")
WAYS = {"supplier": ROLES[:1], "supplier+platform": ROLES[:2], "platform+rescue": ROLES[1:]}
TITLED = {"id": is_id, "title": is_text(512)}
TENDER = {
    "type": "SBID1-tender", "version": 1,
    "platform": {"id": is_id, "name": is_text(512), "certificate": is_der,
                 "encryption": (None, is_der)},
    "project": TITLED | {"buyer": is_text(512)},
    "published": is_time, "deadline": is_time, "opening": is_time,
    "window_minutes": number(1, 10080), "lots": [TITLED, 1, 256],
    "envelopes": [
        {"id": is_id, "kind": KINDS, "stage": number(1, 16), "title": is_text(512), "slots": [
            TITLED | {"required": is_bool, "formats": [FORMATS, 1, 32],
                      "max_bytes": number(1, 2**40), "max_count": number(1, 10000)}, 0, 64]},
        1, 16],
    "summary": [
        TITLED | {"envelope": is_id, "type": FIGURES,
                  "unit": ("", is_text(64)), "scale": number(0, 9), "min": (None, is_text(1024)),
                  "max": (None, is_text(1024)), "required": is_bool,
                  "choices": [is_text(256), 0, 64]}, 0, 128],
    "openers": {"ways": [{"way": tuple(WAYS), "mandatory": is_bool}, 1, 3], "rescue": (
        None, {"threshold": number(2, 16), "members": [is_der, 2, 16]})},
    "issuers": {"roots": [is_der, 1, 64], "intermediates": [is_der, 0, 64]},
    "revocation": {"urls": [matches(r"https?://.+"), 0, 64], "lists": [is_der, 0, 64]}}


# ---- Section 2: the file ----------------------------------------------------------------------
def read_parts(data):
    need(data[:4] == b"SBID", "bid_not_bid")
    need(data[4:8] == b"\1\1\0\0", "bid_version")
    need(len(data) >= 72 and data[-4:] == b"SBID", "bid_truncated")
    *lengths, whole = struct.unpack(">6Q", data[-64:-16])
    need(data[-16:-4] == bytes(12) and whole == len(data) == 72 + sum(lengths) and min(lengths) > 0
         and lengths[1] % 32 == 0, "bid_layout")
    need(lengths[0] <= 2**40 and lengths[1] // 32 <= 4194304 and max(lengths[2:4]) <= CHUNK and lengths[4] <= 16 * MIB,
         "limit_exceeded")
    borders = [8, *itertools.accumulate(lengths, initial=8)][1:]
    return [data[a:b] for a, b in itertools.pairwise(borders)]


def read_signed(data):
    """A SignedData of section 5: content or None, certificates, lists, SignerInfo, its certificate.

    Tags are compared in full, so that two signers and attributes, signed or not, find no place."""
    outer = Der(data)
    kind, (signed,) = outer.kids[0], outer.kids[1].kids
    version, digests, content, *carried, signers = signed.kids
    (signer,) = signers.kids
    of, fields, inner = content.kids[0], signer.kids, content.kids[1:]
    tags = [[n.tag for n in nodes] for nodes in (
        [outer, signed, digests, content, signers, signer], outer.kids, carried, fields, inner)]
    if (tags[0] != [48, 48, 49, 48, 49, 48] or tags[1] != [6, 160] or tags[3] != [2, 48, 48, 48, 4]
            or tags[2] not in ([160], [160, 161]) or tags[4] not in ([], [160])):
        raise ValueError("layout")
    gm = fields[2].kids[0].is_oid("1.2.156.10197.1.401") and fields[3].kids[0].is_oid(*SM2_SIGN)
    if ([kind.raw, of.raw] != (list(map(oid, (GM + "2", GM + "1") if gm else CMS)))
            or [version.raw, fields[0].raw] != [integer(1), integer(1)]
            or fields[2].raw != digests.body or not gm and fields[3].kids[0].is_oid(*SM2_SIGN)):
        raise ValueError("versions and algorithms")
    certificates = [Certificate(c.raw) for c in carried[0].kids]
    own = [c for c in certificates if c.issuer.raw + c.serial.raw == fields[1].body]
    lists = [c.raw for part in carried[1:] for c in part.kids]
    exact_form(own[0], carried, fields, gm)
    return inner[0].kids[0].body if inner else None, certificates, lists, fields, own[0]


def exact_form(signer, carried, fields, gm):
    """Section 5: one spelling of the algorithms, sets in DER order."""
    name, null = (lambda dotted: fields[3].kids[0].is_oid(dotted)), b"\5\0"
    of_digest = [k.raw for k in fields[2].kids]
    if gm:
        right = of_digest == [oid("1.2.156.10197.1.401")] and name("1.2.156.10197.1.501")
    else:
        right = (of_digest == [oid("2.16.840.1.101.3.4.2.1"), null]
                 and name(SHA_SIGN[2] if signer.rsa else SHA_SIGN[0]))
    right &= [k.raw for k in fields[3].kids[1:]] == ([null] if signer.rsa else [])
    certificates = [k.raw for k in carried[0].kids]
    if (not right or not distinct(certificates)
            or any([k.raw for k in c.kids] != sorted(k.raw for k in c.kids) for c in carried)):
        raise ValueError("another form")


def read_index(data):
    index = parse_json(data, CHUNK)
    suite = index.get("suite") if type(index) is dict else None
    need(type(suite) is not int or suite == 1, "bid_version")
    need(fits(INDEX, index), "bid_index")
    envelopes = index["envelopes"]
    need(all(e["chunks"] == -(-e["length"] // CHUNK) for e in envelopes), "bid_index")
    need(distinct([e["id"] for e in envelopes]) and distinct([e["commitment"] for e in envelopes]),
         "bid_index")
    return index


def check_signature(index_part, index, part):
    content, certificates, lists, fields, signer = guarded("signature_format", read_signed, part)
    need(content is None, "signature_format")
    need(sm3(signer.raw).hex() == index["certificate"], "signature_invalid")
    need(signer.verifies(fields[4].body, index_part, fields[3].kids[0]), "signature_invalid")
    need((signer.name, signer.code) == (index["supplier"]["name"], index["supplier"]["code"]),
         "supplier_mismatch")
    need(signer.may_sign, "certificate_usage")
    return signer, certificates, lists


def read_openers(data, index, fingerprint=None):
    """The openers part, or with a fingerprint those of a rewrap."""
    need(fingerprint or sm3(data).hex() == index["openers"], "bid_openers")
    openers = parse_json(data, CHUNK)
    need(fits(OPENERS, openers) and openers["fingerprint"] == fingerprint
         and (openers["version"] == 0) == (fingerprint is None), "bid_openers")
    need(openers["nonce"] == index["nonce"], "bid_openers")
    need(fingerprint or openers["created"] == index["created"], "bid_openers")
    ids, all_ids = ([e["id"] for e in x["envelopes"]] for x in (openers, index))
    need(ids == [i for i in all_ids if not fingerprint or i in ids], "bid_openers")
    ways = [w for e in openers["envelopes"] for w in e["ways"]]
    for e in openers["envelopes"]:
        need(sum(len(p["slots"]) for w in e["ways"] for p in w) <= 64, "limit_exceeded")
    for part in itertools.chain(*ways):
        pairs = [(s["certificate"], s["kind"] if part["threshold"] == 1 else "")
                 for s in part["slots"]]
        need(part["threshold"] <= len(pairs) and distinct(pairs), "bid_openers")
    used = list(dict.fromkeys(s["certificate"] for w in ways for p in w for s in p["slots"]))
    need(used == list(range(len(openers["certificates"]))), "bid_openers")
    need(distinct(openers["certificates"]), "bid_openers")
    parse = lambda text: guarded("certificate_invalid", Certificate, b64(text))
    openers["certificates"] = list(map(parse, openers["certificates"]))
    return openers


def tree_root(leaves):
    if len(leaves) == 1:
        return leaves[0]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return sm3(b"SBID1 node", tree_root(leaves[:k]), tree_root(leaves[k:]))


def split_body(index, body, table):
    """Checks lengths, table and chunks; gives each envelope its checked ciphertext."""
    envelopes = index["envelopes"]
    need(len(body) == sum(e["length"] for e in envelopes), "bid_layout")
    need(len(table) == 32 * sum(e["chunks"] for e in envelopes), "bid_layout")
    leaves, at, out = [table[i:i + 32] for i in range(0, len(table), 32)], 0, {}
    for e in envelopes:
        own, leaves = leaves[:e["chunks"]], leaves[e["chunks"]:]
        need(tree_root(own).hex() == e["root"], "bid_chunk")
        out[e["id"]], at = body[at:at + e["length"]], at + e["length"]
        for i, leaf in enumerate(own):
            chunk = out[e["id"]][i * CHUNK:(i + 1) * CHUNK]
            need(sm3(b"SBID1 leaf", u64(i), chunk) == leaf, "bid_chunk")
    return out


# ---- Section 5 and tender-file.md: tender, certificate, policy --------------------------------
def read_tender(data):
    content, _, _, fields, signer = guarded("tender_invalid", read_signed, data)
    need(content is not None, "tender_invalid")
    tender = parse_json(content, MIB)
    need(fits(TENDER, tender), "tender_invalid")
    own, ways = tender["platform"], tender["openers"]["ways"]
    need(signer.raw == b64(own["certificate"]), "tender_signature")
    need(signer.verifies(fields[4].body, content, fields[3].kids[0]), "tender_signature")
    need(signer.may_sign, "certificate_usage")
    need(tender["published"] <= tender["deadline"] <= tender["opening"], "tender_invalid")
    lists = [tender["lots"], tender["envelopes"], tender["summary"]]
    need(all(distinct([x["id"] for x in group])
             for group in lists + [e["slots"] for e in tender["envelopes"]]), "tender_invalid")
    need(distinct([w["way"] for w in ways]), "tender_invalid")
    need(all(f["envelope"] in [e["id"] for e in tender["envelopes"]] for f in tender["summary"]),
         "tender_invalid")
    roles = {role for w in ways for role in WAYS[w["way"]]}
    rescue = tender["openers"]["rescue"]
    need("platform" not in roles or own["encryption"], "tender_invalid")
    need("rescue" not in roles or rescue and rescue["threshold"] <= len(rescue["members"]),
         "tender_invalid")
    return tender, sm3(content).hex()


def check_openers_chain(openers, carried, lists, tender, at):
    """Section 8.5: the supplier's openers are judged as the signer is, but for their end."""
    for slot in [s for e in openers["envelopes"] for way in e["ways"] for part in way
                 if part["role"] == "supplier" for s in part["slots"]]:
        opener = openers["certificates"][slot["certificate"]]
        check_chain(opener, carried, lists, tender, min(at, opener.end))


def check_chain(signer, carried, lists, tender, at):
    parse = lambda group: [guarded("certificate_invalid", Certificate, b64(c)) for c in group]
    roots = parse(tender["issuers"]["roots"])
    pool, path = roots + parse(tender["issuers"]["intermediates"]) + carried, [signer]
    while path[-1].raw not in [r.raw for r in roots]:
        above = (c for c in pool if c.may_issue and c not in path and c.issued(path[-1]))
        path.append(next(above, None))
        need(path[-1] and len(path) <= 8, "certificate_untrusted")
    need(all(c.start <= at for c in path), "certificate_not_yet_valid")
    need(all(at <= c.end for c in path), "certificate_expired")
    lists = lists + [b64(x) for x in tender["revocation"]["lists"]]
    for crl in [guarded("crl_invalid", RevocationList, x) for x in lists]:
        for child, issuer in itertools.pairwise(path):
            need(child.serial.raw not in crl.revoked or not issuer.issued(crl),
                 "certificate_revoked")


def check_tender(index, tender, digest, lot):
    need((index["tender"], index["platform"], index["project"])
         == (digest, tender["platform"]["id"], tender["project"]["id"]), "tender_mismatch")
    need(index["lot"] in [x["id"] for x in tender["lots"]], "tender_lot_unknown")
    need(lot in (None, index["lot"]), "tender_mismatch")
    known, place = [e["id"] for e in tender["envelopes"]], -1
    for e in index["envelopes"]:
        need(e["id"] in known, "envelope_unknown")
        need(known.index(e["id"]) > place, "tender_mismatch")
        place = known.index(e["id"])
        need(all(e[k] == tender["envelopes"][place][k] for k in ("kind", "stage", "title")),
             "tender_mismatch")


def check_policy(index, openers, tender):
    """Section 8.5."""
    allowed, certificates = tender["openers"]["ways"], openers["certificates"]
    rescue = tender["openers"]["rescue"]
    for ways in [e["ways"] for e in openers["envelopes"]]:
        shapes = ["+".join(p["role"] for p in way) for way in ways]
        need(set(shapes) <= {w["way"] for w in allowed} and distinct(shapes), "bid_openers")
        need(openers["version"] or all(w["way"] in shapes for w in allowed if w["mandatory"]),
             "opener_required")
        for part in itertools.chain(*ways):
            owners = [certificates[s["certificate"]] for s in part["slots"]]
            raw, t = [c.raw for c in owners], part["threshold"]
            if part["role"] == "rescue":
                need(t == rescue["threshold"] and raw == list(map(b64, rescue["members"])),
                     "bid_openers")
            need(part["role"] == "rescue" or t == 1, "bid_openers")
            if part["role"] == "platform":
                need(raw == [b64(tender["platform"]["encryption"])], "bid_openers")
            if part["role"] == "supplier":
                need({c.code for c in owners} == {index["supplier"]["code"]}, "supplier_mismatch")
                need(all(c.may_decrypt for c in owners), "certificate_usage")
            else:
                fit = {False: ("ukey", "mobile", "cms"), True: ("cms", "cms-oaep-sha1")}
                need(all(s["kind"] in fit[c.rsa] for s, c in zip(part["slots"], owners)),
                     "bid_openers")


def read_rewrap(data, index, fingerprint, tender, at):
    content, carried, lists, fields, signer = guarded("signature_format", read_signed, data)
    need(content is not None, "signature_format")
    need(signer.verifies(fields[4].body, content, fields[3].kids[0]), "signature_invalid")
    need(signer.may_sign, "certificate_usage")
    if sm3(signer.raw).hex() != index["certificate"]:
        need(signer.code == index["supplier"]["code"], "rewrap_refused")
        check_chain(signer, carried, lists, tender, at)
    openers = read_openers(content, index, fingerprint.hex())
    check_policy(index, openers, tender)
    check_openers_chain(openers, carried, lists, tender, at)
    return openers


# ---- The program ------------------------------------------------------------------------------
def words(fingerprint):
    bits = int.from_bytes(fingerprint, "big") >> 256 - 132
    values = [bits >> 11 * i & 2047 for i in reversed(range(12))]
    return " ".join("bdfghjklmnprstvz"[v >> 7] + "aeio"[v >> 5 & 3] + "bdklmnrt"[v >> 2 & 7]
                    + "aeou"[v & 3] for v in values)


def value_fits(field, value):
    """Whether a figure has its field's form and limits: None, or the code of what is wrong."""
    kind, scale = field["type"], 0 if field["type"] == "integer" else field["scale"]
    read = str
    if kind in ("amount", "quantity", "integer"):
        pattern = r"(?!-0(\.0+)?$)-?(0|[1-9][0-9]*)" + (r"\.[0-9]{%d}" % scale if scale else "")
        ok, read = matches(pattern)(value), Decimal
    elif kind == "date":
        ok, read = is_time(value + "T00:00:00Z"), date.fromisoformat
    else:
        ok = kind == "text" or value in field["choices"]
    if not ok:
        return "summary_invalid"
    low, high = ((field[k] and read(field[k])) for k in ("min", "max"))
    inside = (low is None or low <= read(value)) and (high is None or read(value) <= high)
    return None if kind in ("text", "choice") or inside else "summary_out_of_range"


# Section 7: names, whole, and short ones before a dictionary, an array or a reference.
ACTIVE = re.compile(rb"/(?:(?:Encrypt|JavaScript|Launch|SubmitForm|ImportData|Rendition|RichMedia|"
                    rb"Movie|Hide|SetOCGState|EmbeddedFiles?)(?=[()<>[\]{}/%\0\t\n\f\r ]|$)|"
                    rb"(?:AA|XFA)[\0\t\n\f\r ]*(?:<<|\[|\d+[\0\t\n\f\r ]+\d+[\0\t\n\f\r ]+R))")


def plain_names(pdf):
    return re.sub(rb"#([0-9A-Fa-f]{2})", lambda m: bytes.fromhex(m[1].decode()), pdf)


def nonconformities(tender, envelope, manifest, contents):
    """Section 7, reported only. Of active contents, those of PDF only."""
    rules = next(e for e in tender["envelopes"] if e["id"] == envelope["id"])
    slots, out = {s["id"]: s for s in rules["slots"]}, []
    for d, content in zip(manifest["documents"], contents):
        slot = slots.get(d["slot"])
        if slot is None:
            out.append("document_unexpected")
            continue
        if not {"any", d["format"]} & set(slot["formats"]):
            out.append("document_format")
        if d["size"] > slot["max_bytes"]:
            out.append("document_too_large")
        pdf = plain_names(content) if content[:4] == b"%PDF" else b""
        if envelope["kind"] == "price" and ACTIVE.search(pdf):
            out.append("document_active")
    for s in slots.values():
        count = sum(d["slot"] == s["id"] for d in manifest["documents"])
        out += ["document_missing"] * (s["required"] and count == 0)
        out += ["document_unexpected"] * (count > s["max_count"])
    values = {f["id"]: f["value"] for f in manifest["summary"]}
    for field in (f for f in tender["summary"] if f["envelope"] == envelope["id"]):
        if field["id"] in values:
            problem = value_fits(field, values.pop(field["id"]))
            out += [problem] * (problem is not None)
        else:
            out += ["summary_missing"] * field["required"]
    return out + ["summary_invalid"] * len(values)


def read(options):
    parts = read_parts(options.bid.read_bytes())
    body, table, openers_part, index_part, signature = parts
    index = read_index(index_part)
    signer, carried, lists = check_signature(index_part, index, signature)
    openers = read_openers(openers_part, index)
    ciphertexts = split_body(index, body, table)
    tender, digest = read_tender(options.tender.read_bytes())
    fingerprint = sm3(index_part)
    check_tender(index, tender, digest, options.lot)
    check_policy(index, openers, tender)
    check_chain(signer, carried, lists, tender, options.at)
    check_openers_chain(openers, carried, lists, tender, options.at)
    versions = [openers] + [read_rewrap(r.read_bytes(), index, fingerprint, tender, options.at)
                            for r in options.rewrap]
    need(distinct([v["version"] for v in versions]), "bid_openers")
    result = {"fingerprint": fingerprint.hex(), "words": words(fingerprint), "documents": [],
              "summary": {}, "nonconformities": [], "junk": []}
    files = {}
    holders = [(Certificate.load(c), k) for c, k in zip(options.cert, options.key, strict=True)]
    for envelope in index["envelopes"]:
        if options.verify_only or options.envelope not in (None, envelope["id"]):
            continue
        ctx = context(index, envelope)
        secret = open_ways(ctx, envelope, versions, holders)
        manifest, contents = open_envelope(envelope, ciphertexts[envelope["id"]], secret, ctx)
        result["junk"] += [j for v in versions for j in junk_wraps(secret, ctx, v, envelope)]
        result["nonconformities"] += nonconformities(tender, envelope, manifest, contents)
        result["summary"] |= {f["id"]: f["value"] for f in manifest["summary"]}
        for document, content in zip(manifest["documents"], contents):
            result["documents"].append({"envelope": envelope["id"]} | document)
            files[options.out / envelope["id"] / document["path"]] = content
    for path, content in files.items():        # only now, when everything was right
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return result


def main():
    parser = argparse.ArgumentParser(description="Reads a sealed bid; a test of the specification.")
    parser.add_argument("bid", type=pathlib.Path)
    for name in ("--tender", "--out"):
        parser.add_argument(name, type=pathlib.Path, required=name == "--tender")
    for name in ("--key", "--cert"):
        parser.add_argument(name, action="append", default=[])
    parser.add_argument("--rewrap", action="append", default=[], type=pathlib.Path)
    parser.add_argument("--envelope")
    parser.add_argument("--lot", help="the lot that is asked for")
    parser.add_argument("--at", default=datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
                        help="when the bid was received")
    parser.add_argument("--verify-only", action="store_true")
    options = parser.parse_args()
    if not options.verify_only and not (options.out and options.key):
        parser.error("--out, --key and --cert, or --verify-only")
    try:
        print(json.dumps(read(options), ensure_ascii=False, indent=1))
    except Refused as refusal:
        print(refusal)
        sys.exit(1)


if __name__ == "__main__":
    main()
