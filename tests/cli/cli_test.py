#!/usr/bin/env python3
"""The command line as a program: the whole job, and every kind of bad input with its own error code."""
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import time as clock
import zipfile

import support
from support import BIDSEAL, PIN, SOFTUKEY, main, run, time

LATER = time(24 * 60)  # after the opening


def ukey_round_trip(w):
    """a UKey signs and seals, anyone verifies, the UKey rehearses and opens, every byte is the same"""
    made = w.json("pack", "--tender", w.tender, *w.ukey, *w.contents(), "--out", w.at("ukey.sbid"))
    shown = w.json("inspect", w.at("ukey.sbid"))
    assert shown["fingerprint"] == made["fingerprint"] and shown["supplier"] == "东海建设有限公司"
    assert made["sm3"] == run("openssl", "dgst", "-sm3", w.at("ukey.sbid")).stdout.split()[-1]
    verified = w.json("verify", w.at("ukey.sbid"), "--tender", w.tender, "--require-crl")
    assert verified["valid"] and verified["revocation_checked"]
    rehearsed = w.json("rehearse", w.at("ukey.sbid"), "--tender", w.tender, *w.ukey)
    assert [e["opens_alone"] for e in rehearsed["envelopes"]] == [True] * 3
    opened = w.json("open", w.at("ukey.sbid"), "--tender", w.tender, *w.ukey, "--at", LATER, "--out", w.at("ukey-opened"))
    w.compare_opened("ukey-opened")
    figures = {v["id"]: v["value"] for e in opened["opened"] for v in e["summary"]}
    assert figures == {"total": "1234567.00", "days": "90"}
    assert all(e["nonconformities"] == [] for e in opened["opened"])


def inner_zip(w):
    """the ZIP inside a bid is one that other people's programs read, to the last byte"""
    bid = w.pack("inner.sbid")
    w.bidseal("open", bid, "--tender", w.tender, *w.files(), "--at", LATER, "--zip", "--out", w.at("zips"))
    names = {"qualification": {"licence.pdf"}, "technical": {"施工方案.txt", "drawing.bin", "empty.dat"}, "price": {"prices.pdf"}}
    assert {path.name for path in w.at("zips").iterdir()} == {name + ".zip" for name in names}
    for envelope, documents in names.items():
        path = w.at("zips") / (envelope + ".zip")
        assert "No errors detected" in run("unzip", "-t", path).stdout
        if seven := shutil.which("7zz") or shutil.which("7z"):
            assert "Everything is Ok" in run(seven, "t", path).stdout
        with zipfile.ZipFile(path) as content:
            assert content.testzip() is None
            assert content.namelist()[-1] == "manifest.json" and set(content.namelist()[:-1]) == documents
            for name in documents:
                assert content.read(name) == w.at(name).read_bytes(), name
            manifest = json.loads(content.read("manifest.json"))
        assert manifest["envelope"] == envelope and {d["path"] for d in manifest["documents"]} == documents
    w.refused("file_exists", 6, "open", bid, "--tender", w.tender, *w.files(), "--at", LATER, "--zip", "--out", w.at("zips"))
    # Altered content gives no ZIP, not even a part of one.
    data = bytearray(bid.read_bytes())
    data[200] ^= 1
    w.at("bent.sbid").write_bytes(data)
    w.refused("bid_chunk", 3, "open", w.at("bent.sbid"), "--tender", w.tender, *w.files(), "--at", LATER, "--zip", "--out", w.at("bent"))
    assert list(w.at("bent").iterdir()) == []


def one_envelope_at_a_time(w):
    """key files open what key files sealed, one envelope at a time"""
    bid = w.pack("files.sbid")
    for envelope in ("price", "qualification", "technical"):
        w.bidseal("open", bid, "--tender", w.tender, *w.files(), "--at", LATER, "--envelope", envelope, "--out", w.at("apart"))
    w.compare_opened("apart")


def international_signers(w):
    """ECDSA P-256 and RSA certificates sign, SM2 opens"""
    for algorithm in ("p256", "rsa"):
        w.key_files(algorithm, "东海建设有限公司", "91310000MA1FL0XX0A", "--alg", algorithm)
        keys = ["--sign-cert", w.at(algorithm) / "sign.crt", "--sign-key", w.at(algorithm) / "sign.key", "--encrypt-cert",
                w.at("company/enc.crt")]
        bid = w.pack(f"{algorithm}.sbid", keys=keys)
        assert w.json("verify", bid, "--tender", w.tender)["valid"]
        w.bidseal("open", bid, "--tender", w.tender, *w.files(), "--at", LATER, "--out", w.at(f"{algorithm}-opened"))
        w.compare_opened(f"{algorithm}-opened")


def rsa_opener(w):
    """an RSA encryption certificate opens by an EnvelopedData wrap"""
    if not w.at("rsa").exists():
        w.key_files("rsa", "东海建设有限公司", "91310000MA1FL0XX0A", "--alg", "rsa")
    bid = w.pack("rsa-opener.sbid", keys=w.files("rsa"))
    w.bidseal("open", bid, "--tender", w.tender, *w.files("rsa"), "--at", LATER, "--out", w.at("rsa-opener"))
    w.compare_opened("rsa-opener")


def supplier_and_platform(w):
    """supplier and platform open together, neither alone"""
    tender = w.make_tender("joint.tender", lambda d: d.update(ways=[{"way": "supplier+platform", "mandatory": True}]))
    bid = w.pack("joint.sbid", tender=tender)
    w.refused("shares_insufficient", 5, "open", bid, "--tender", tender, *w.files(), "--at", LATER, "--out", w.at("no"))
    w.refused("shares_insufficient", 5, "open", bid, "--tender", tender, "--encrypt-cert", w.at("platform/enc.crt"),
              "--encrypt-key", w.at("platform/enc.key"), "--at", LATER, "--out", w.at("no"))
    w.bidseal("open", bid, "--tender", tender, *w.files(), "--encrypt-cert", w.at("platform/enc.crt"), "--encrypt-key",
              w.at("platform/enc.key"), "--at", LATER, "--out", w.at("joint"))
    w.compare_opened("joint")
    assert w.json("rehearse", bid, "--tender", tender, *w.files())["envelopes"][0]["opens_alone"] is False


def rescue_group(w):
    """platform and two of three rescue members open, one member does not suffice"""
    rescue = []
    for number in "123":
        w.key_files("rescue" + number, "救援成员" + number, "91310000MA1FL0RR0" + number, kind="rescue")
        rescue += ["--rescue-cert", w.at("rescue" + number) / "enc.crt"]
    tender = w.make_tender("rescue.tender", lambda d: d.update(
        ways=[{"way": "supplier", "mandatory": True}, {"way": "platform+rescue", "mandatory": True}], rescue_threshold=2),
        more=rescue)
    bid = w.pack("rescue.sbid", tender=tender)

    def keys(*names):
        return [x for n in names for x in ("--encrypt-cert", w.at(n) / "enc.crt", "--encrypt-key", w.at(n) / "enc.key")]

    w.refused("shares_insufficient", 5, "open", bid, "--tender", tender, *keys("platform", "rescue1"), "--at", LATER, "--out",
              w.at("no"))
    w.bidseal("open", bid, "--tender", tender, *keys("platform", "rescue1", "rescue3"), "--at", LATER, "--out", w.at("rescued"))
    w.compare_opened("rescued")


def released_shares(w):
    """platform and rescue members release shares in files, the supplier and a renewed key open with them"""
    tender = w.make_tender("joint.tender", lambda d: d.update(ways=[{"way": "supplier+platform", "mandatory": True}]))
    bid = w.pack("released.sbid", tender=tender, keys=w.ukey)
    released = w.json("release", bid, "--tender", tender, *w.files("platform"), "--to", w.at("ca/ukeys/donghai/enc.crt"), "--at", LATER,
                      "--out", w.at("platform.sbrl"))
    assert released["shares"] == 3
    open_it = ["open", bid, "--tender", tender, *w.ukey, "--at", LATER, "--out", w.at("released"), "--release"]
    w.bidseal(*open_it, w.at("platform.sbrl"))
    w.compare_opened("released")
    w.refused("release_expired", 4, "open", bid, "--tender", tender, *w.ukey, "--at", time(3 * 24 * 60), "--out", w.at("no"),
              "--release", w.at("platform.sbrl"))
    w.refused("release_invalid", 3, *open_it, w.at("licence.pdf"))
    w.refused("not_open_yet", 3, "release", bid, "--tender", tender, *w.files("platform"), "--to", w.at("ca/ukeys/donghai/enc.crt"),
              "--out", w.at("early.sbrl"))
    assert not w.at("early.sbrl").exists()
    w.refused("opener_not_found", 5, "release", bid, "--tender", tender, *w.files(), "--to", w.at("ca/ukeys/donghai/enc.crt"), "--at", LATER,
              "--out", w.at("none.sbrl"))
    other = w.pack("other-bid.sbid", tender=tender, keys=w.ukey)
    w.refused("release_other_bid", 3, "open", other, "--tender", tender, *w.ukey, "--at", LATER, "--out", w.at("no"), "--release",
              w.at("platform.sbrl"))
    w.key_files("stranger", "别家公司", "91310000MA1FL0ZZ0Z")
    w.refused("release_recipient", 3, "release", bid, "--tender", tender, *w.files("platform"), "--to", w.at("stranger/enc.crt"),
              "--at", LATER, "--out", w.at("none.sbrl"))
    # Platform and two of three: the supplier's key is lost, its new one gets what the others release.
    rescue = []
    for number in "123":
        if not w.at("rescue" + number).exists():
            w.key_files("rescue" + number, "救援成员" + number, "91310000MA1FL0RR0" + number, kind="rescue")
        rescue += ["--rescue-cert", w.at("rescue" + number) / "enc.crt"]
    tender = w.make_tender("rescue.tender", lambda d: d.update(
        ways=[{"way": "supplier", "mandatory": True}, {"way": "platform+rescue", "mandatory": True}], rescue_threshold=2),
        more=rescue)
    bid = w.pack("rescue-released.sbid", tender=tender, keys=w.ukey)
    files = []
    for holder in ("platform", "rescue1", "rescue3"):
        w.bidseal("release", bid, "--tender", tender, *w.files(holder), "--to", w.at("company/enc.crt"), "--chain",
                  w.at(holder) / "chain.crt", "--at", LATER, "--out", w.at(f"{holder}-lost.sbrl"))
        files += ["--release", w.at(f"{holder}-lost.sbrl")]
    w.refused("shares_insufficient", 5, "open", bid, "--tender", tender, *w.files(), "--at", LATER, "--out", w.at("no"), *files[:4])
    w.bidseal("open", bid, "--tender", tender, *w.files(), "--at", LATER, "--out", w.at("lost"), *files)
    w.compare_opened("lost")
    forged = bytearray(w.at("rescue3-lost.sbrl").read_bytes())
    place = forged.index(b'"expires":"20') + 13
    forged[place] ^= 1
    w.at("forged.sbrl").write_bytes(forged)
    w.refused("signature_invalid", 4, "open", bid, "--tender", tender, *w.files(), "--at", LATER, "--out", w.at("no"), *files[:4],
              "--release", w.at("forged.sbrl"))


def renewal(w):
    """after a renewal the added opener opens the old bid; fingerprint and file stay"""
    bid = w.pack("renewal.sbid")
    before = bid.read_bytes()
    w.key_files("renewed", "东海建设有限公司", "91310000MA1FL0XX0A")
    w.refused("opener_not_found", 5, "open", bid, "--tender", w.tender, *w.files("renewed"), "--at", LATER, "--out", w.at("no"))
    made = w.json("rewrap", bid, "--tender", w.tender, *w.files(), "--opener-cert", w.at("renewed/enc.crt"), "--out",
                  w.at("renewal.sbrw"))
    assert made["version"] == 1 and bid.read_bytes() == before
    w.bidseal("open", bid, "--tender", w.tender, *w.files("renewed"), "--rewrap", w.at("renewal.sbrw"), "--at", LATER, "--out",
              w.at("renewed-opened"))
    w.compare_opened("renewed-opened")
    # Somebody else's signature adds nothing.
    w.key_files("rival", "西山工程有限公司", "91310000MA1FL0ZZ0C")
    w.refused("rewrap_refused", 3, "rewrap", bid, "--tender", w.tender, "--sign-cert", w.at("rival/sign.crt"), "--sign-key",
              w.at("rival/sign.key"), "--encrypt-cert", w.at("company/enc.crt"), "--encrypt-key", w.at("company/enc.key"),
              "--opener-cert", w.at("rival/enc.crt"), "--out", w.at("rival.sbrw"))
    assert not w.at("rival.sbrw").exists()
    # A rewrap of another bid is refused.
    other = w.pack("other.sbid")
    w.refused("bid_openers", 3, "open", other, "--tender", w.tender, *w.files(), "--rewrap", w.at("renewal.sbrw"), "--at", LATER,
              "--out", w.at("no"))


def rewrap_receipt(w):
    """who signed a rewrap is judged as of its receipt, not of the day when it is used"""
    bid = w.pack("receipt.sbid")
    name = ("东海建设有限公司", "91310000MA1FL0XX0A")
    w.key_files("soon-over", *name, "--not-after", time(60))
    own = ["--sign-cert", w.at("soon-over/sign.crt"), "--sign-key", w.at("soon-over/sign.key")]
    unlock = ["--encrypt-cert", w.at("company/enc.crt"), "--encrypt-key", w.at("company/enc.key")]
    w.bidseal("rewrap", bid, "--tender", w.tender, *own, *unlock, "--opener-cert", w.at("soon-over/enc.crt"), "--out",
              w.at("receipt.sbrw"))
    use = ["--tender", w.tender, "--rewrap", w.at("receipt.sbrw"), "--at", LATER]
    key = w.files("soon-over")
    w.bidseal("open", bid, *use, *key, "--out", w.at("by-making"))
    w.bidseal("open", bid, *use, *key, "--rewrap-received", time(30), "--out", w.at("by-receipt"))
    w.compare_opened("by-receipt")
    w.bidseal("verify", bid, *use)
    w.bidseal("rehearse", bid, *use, *key)
    for command in (["verify", bid, *use], ["rehearse", bid, *use, *key], ["open", bid, *use, *key, "--out", w.at("no")]):
        w.refused("certificate_expired", 4, *command, "--rewrap-received", time(90))
    w.refused("usage", 2, "verify", bid, *use, "--rewrap-received", time(1), "--rewrap-received", time(1))
    assert not w.at("no").exists()


def junk_openers(w):
    """a wrap that is junk is passed over while another one opens, and refused when none does"""
    bid = w.pack("junk.sbid")
    if not w.at("renewed").exists():
        w.key_files("renewed", "东海建设有限公司", "91310000MA1FL0XX0A")

    def rewrap(name, *before):
        w.bidseal("rewrap", bid, "--tender", w.tender, *w.files(), *before, "--opener-cert", w.at("renewed/enc.crt"), "--out",
                  w.at(name))

    def spoil(openers):
        for envelope in openers["envelopes"]:
            slot = envelope["ways"][0][0]["slots"][0]
            slot["data"] = ("A" if slot["data"][0] != "A" else "B") + slot["data"][1:]

    rewrap("junk.sbrw")
    rewrap("sound.sbrw", "--rewrap", w.at("junk.sbrw"))
    w.resign("junk.sbrw", spoil)
    junk, sound = (["--rewrap", w.at(name)] for name in ("junk.sbrw", "sound.sbrw"))
    use = [bid, "--tender", w.tender, *w.files("renewed")]
    w.refused("wrap_mismatch", 3, "open", *use, *junk, "--at", LATER, "--out", w.at("no"))
    w.refused("wrap_mismatch", 3, "rehearse", *use, *junk)
    assert not w.at("no").exists()
    w.bidseal("open", *use, *junk, *sound, "--at", LATER, "--out", w.at("past-junk"))
    w.compare_opened("past-junk")
    assert [e["opens_alone"] for e in w.json("rehearse", *use, *junk, *sound)["envelopes"]] == [True] * 3


def opening_time(w):
    """nothing opens before the opening time"""
    bid = w.pack("early.sbid")
    w.refused("not_open_yet", 3, "open", bid, "--tender", w.tender, *w.files(), "--out", w.at("no"))
    assert not w.at("no").exists()


def deadline(w):
    """nothing is sealed after the deadline unless that is asked for"""
    words = ["pack", "--tender", w.tender, *w.files(), *w.contents(), "--at", LATER, "--out", w.at("late.sbid")]
    w.refused("deadline_passed", 3, *words)
    assert not w.at("late.sbid").exists()


def wrong_tender(w):
    """another tender file, an altered one, an untrusted platform"""
    bid = w.pack("mine.sbid")
    other = w.make_tender("other.tender", lambda d: d["project"].update(id="P-2026-002"))
    w.refused("tender_mismatch", 3, "verify", bid, "--tender", other)
    altered = bytearray(w.tender.read_bytes())
    altered[altered.index(b"P-2026-001") + 9] = ord("9")
    w.at("altered.tender").write_bytes(altered)
    w.refused("tender_signature", 4, "tender", "inspect", w.at("altered.tender"))
    w.at("noise.tender").write_bytes(os.urandom(4000))
    w.refused("tender_invalid", 3, "tender", "inspect", w.at("noise.tender"))
    assert w.json("tender", "verify", w.tender, "--trust", w.at("ca/root.crt"))["valid"]
    w.testca("init", w.at("other-ca"))
    w.refused("certificate_untrusted", 4, "tender", "verify", w.tender, "--trust", w.at("other-ca/root.crt"))


def certificates(w):
    """expired, not yet valid, revoked, untrusted, wrong use, ending before the opening"""
    def sealing(folder):
        return ["pack", "--tender", w.tender, *w.files(folder), *w.contents(), "--out", w.at("never.sbid")]

    name = ("东海建设有限公司", "91310000MA1FL0XX0A")
    w.key_files("expired", *name, "--not-before", time(-2000), "--not-after", time(-1000))
    w.refused("certificate_expired", 4, *sealing("expired"))
    w.key_files("future", *name, "--not-before", time(1000), "--not-after", time(2000))
    w.refused("certificate_not_yet_valid", 4, *sealing("future"))
    w.key_files("short", *name, "--not-after", time(30))
    w.refused("certificate_ends_early", 4, *sealing("short"))
    w.bidseal(*sealing("short"), "--accept-early-end")
    w.at("never.sbid").unlink()
    swapped = ["--sign-cert", w.at("company/enc.crt"), "--sign-key", w.at("company/enc.key"), "--encrypt-cert",
               w.at("company/enc.crt")]
    w.refused("certificate_usage", 4, "pack", "--tender", w.tender, *swapped, *w.contents(), "--out", w.at("never.sbid"))
    w.testca("init", w.at("foreign-ca"))
    w.testca("platform", w.at("foreign-ca"), "--name", name[0], "--code", name[1], "--out", w.at("foreign"))
    w.refused("certificate_untrusted", 4, *sealing("foreign"))
    w.key_files("revoked", *name)
    bid = w.pack("before-revocation.sbid", keys=w.files("revoked"))
    w.testca("crl", w.at("ca"), "--revoke", w.at("revoked/sign.crt"))
    w.refused("certificate_revoked", 4, *sealing("revoked"), "--crl", w.at("ca/issuing.crl"))
    w.refused("certificate_revoked", 4, "verify", bid, "--tender", w.tender, "--crl", w.at("ca/issuing.crl"), "--at", time(5))
    assert not w.at("never.sbid").exists()


def documents(w):
    """missing, unexpected, oversize, of a wrong format, active; figures wrong"""
    base = ["pack", "--tender", w.tender, *w.files(), "--out", w.at("never.sbid")]
    full = w.contents()
    without = [x for i, x in enumerate(full) if i not in (0, 1)]
    w.refused("document_missing", 3, *base, *without)
    w.refused("document_unexpected", 3, *base, *full, "--add", f"technical/nowhere={w.at('pin')}")
    w.refused("envelope_unknown", 3, *base, *full, "--add", f"nowhere/plan={w.at('empty.dat')}")
    small = w.make_tender("small.tender", lambda d: d["envelopes"][1]["slots"][0].update(max_bytes=1_000_000))
    w.refused("document_too_large", 3, "pack", "--tender", small, *w.files(), *full, "--out", w.at("never.sbid"))
    w.at("fake.pdf").write_bytes(b"MZ\x90\x00 no pdf at all")
    w.refused("document_format", 3, *base, *full, "--add", f"qualification/licence={w.at('fake.pdf')}")
    w.at("active.pdf").write_bytes(b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>>>endobj\n%%EOF\n")
    w.refused("document_active", 3, *base, *full, "--add", f"price/schedule={w.at('active.pdf')}")
    w.at("locked.pdf").write_bytes(b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<</Encrypt 2 0 R>>\n%%EOF\n")
    w.refused("document_active", 3, *base, *full, "--add", f"price/schedule={w.at('locked.pdf')}")
    w.refused("path_duplicate", 3, *base, *full, "--add", f"technical/plan={w.at('empty.dat')}")
    for bad in ("CON.txt", "a:b.txt", "trailing.", "‮fdp.exe"):
        w.at(bad).write_bytes(b"x")
        w.refused("path_unsafe", 3, *base, *full, "--add", f"technical/plan={w.at(bad)}")
        w.at(bad).unlink()
    w.refused("summary_missing", 3, *base, *full[:-2])
    w.refused("summary_invalid", 3, *base, *full[:-4], "--set", "days=90", "--set", "total=12.5")
    w.refused("summary_out_of_range", 3, *base, *full[:-2], "--set", "days=721")
    assert not w.at("never.sbid").exists()


def damage(w):
    """a bid altered at any byte or cut anywhere is refused"""
    tender = w.make_tender("damage.tender", lambda d: (d["envelopes"][1]["slots"][0].update(required=False)))
    whole = w.at("damage.sbid")
    w.bidseal("pack", "--tender", tender, *w.files(), "--add", f"qualification/licence={w.at('licence.pdf')}", "--add",
              f"price/schedule={w.at('prices.pdf')}", "--set", "total=1.00", "--set", "days=9", "--out", whole)
    data = whole.read_bytes()
    pick = random.Random(20261122)
    places = {0, 7, 8, len(data) - 1, len(data) - 64} | {pick.randrange(len(data)) for _ in range(25)}
    places |= {len(data) - 1 - pick.randrange(20000) for _ in range(30)}
    broken = w.at("broken.sbid")
    for place in sorted(places):
        broken.write_bytes(data[:place] + bytes([data[place] ^ (1 << pick.randrange(8))]) + data[place + 1:])
        done = w.bidseal("verify", broken, "--tender", tender, "--json", check=False)
        assert done.returncode in (3, 4), f"byte {place}: exit code {done.returncode}: {done.stdout}"
    for length in sorted({0, 1, 63, 64, 72, len(data) - 1} | {pick.randrange(len(data)) for _ in range(20)}):
        broken.write_bytes(data[:length])
        done = w.bidseal("verify", broken, "--tender", tender, "--json", check=False)
        assert done.returncode == 3, f"cut at {length}: exit code {done.returncode}: {done.stdout}"
    broken.write_bytes(data + b"\0")
    assert w.bidseal("verify", broken, "--tender", tender, check=False).returncode == 3
    # An altered envelope leaves nothing behind when it is opened.
    broken.write_bytes(data[:100] + bytes([data[100] ^ 1]) + data[101:])
    w.refused("bid_chunk", 3, "open", broken, "--tender", tender, *w.files(), "--at", LATER, "--envelope", "qualification", "--out",
              w.at("no"))
    assert not (w.at("no") / "qualification").exists()


def wrong_key(w):
    """another company's key, a key that does not fit its certificate"""
    bid = w.pack("key.sbid")
    if not w.at("rival").exists():
        w.key_files("rival", "西山工程有限公司", "91310000MA1FL0ZZ0C")
    w.refused("opener_not_found", 5, "open", bid, "--tender", w.tender, *w.files("rival"), "--at", LATER, "--out", w.at("no"))
    w.refused("decrypt_failed", 5, "open", bid, "--tender", w.tender, "--encrypt-cert", w.at("company/enc.crt"), "--encrypt-key",
              w.at("rival/enc.key"), "--at", LATER, "--out", w.at("no"))
    w.refused("key_invalid", 5, "pack", "--tender", w.tender, "--sign-cert", w.at("company/sign.crt"), "--sign-key",
              w.at("rival/sign.key"), "--encrypt-cert", w.at("company/enc.crt"), *w.contents(), "--out", w.at("never.sbid"))


def pins(w):
    """a wrong PIN tells the tries left, then the UKey locks; a pulled-out UKey is noticed"""
    bid = w.pack("pin.sbid", keys=w.ukey)
    w.at("wrong").write_text("000000\n")
    wrong = ["--ukey", SOFTUKEY, "--pin-file", w.at("wrong")]
    words = ["rehearse", bid, "--tender", w.tender]
    assert w.refused("pin_wrong", 5, *words, *wrong)["retries_left"] == 3
    w.bidseal(*words, *w.ukey)  # the right PIN restores the tries
    for left in (3, 2, 1):
        assert w.refused("pin_wrong", 5, *words, *wrong)["retries_left"] == left
    assert w.refused("pin_locked", 5, *words, *wrong)["retries_left"] == 0
    assert w.refused("pin_locked", 5, *words, *w.ukey)["retries_left"] == 0
    away = w.at("away")
    w.at("ukeys").rename(away)
    w.at("ukeys").mkdir()
    w.refused("token_absent", 5, *words, *w.ukey)
    w.refused("token_driver", 5, *words, "--ukey", w.at("licence.pdf"))


def full_disk(w):
    """a full disk leaves nothing under the final name"""
    small = w.at("small-disk")
    small.mkdir()
    if os.geteuid() != 0:
        raise AssertionError("needs root to mount a small file system")
    run("mount", "-t", "tmpfs", "-o", "size=1m", "none", small)
    try:
        w.refused("disk_full", 6, "pack", "--tender", w.tender, *w.files(), *w.contents(), "--out", small / "big.sbid")
        assert list(small.iterdir()) == []
        bid = w.pack("disk.sbid")
        w.refused("disk_full", 6, "open", bid, "--tender", w.tender, *w.files(), "--at", LATER, "--out", small / "out")
        assert [p for p in small.rglob("*") if p.is_file() and "technical" in str(p)] == []
    finally:
        run("umount", small)


def interruption(w):
    """Ctrl-C leaves nothing; a file that changes while it is read is noticed"""
    slow = w.at("slow.bin")
    os.mkfifo(slow)
    w.refused("io_read", 6, "pack", "--tender", w.tender, *w.files(), *w.contents(), "--add", f"technical/plan={slow}", "--out",
              w.at("never.sbid"))
    slow.unlink()
    big = w.at("big.bin")
    with open(big, "wb") as file:
        file.truncate(1 << 30)
    words = [BIDSEAL, "pack", "--tender", w.tender, *w.files(), *w.contents(), "--add", f"technical/plan={big}", "--out",
             w.at("never.sbid"), "--json"]
    for act, code, exit_code in (("interrupt", "cancelled", 130), ("change", "file_changed", 6)):
        process = subprocess.Popen([str(x) for x in words], stdout=subprocess.PIPE, text=True)
        while not any(p.stat().st_size > (8 << 20) for p in w.folder.glob(".bidseal-*.partial")):
            assert process.poll() is None, "ended before it could be disturbed"
            clock.sleep(0.005)
        if act == "interrupt":
            process.send_signal(signal.SIGINT)
        else:
            with open(big, "r+b") as file:
                file.write(b"changed")
        error = json.loads(process.communicate()[0])
        assert (error["error"], process.returncode) == (code, exit_code), error
        assert not w.at("never.sbid").exists() and w.leftovers() == []
    big.unlink()


def existing_files(w):
    """an existing file or folder is never replaced unasked"""
    bid = w.pack("once.sbid")
    before = bid.read_bytes()
    w.refused("file_exists", 6, "pack", "--tender", w.tender, *w.files(), *w.contents(), "--out", bid)
    assert bid.read_bytes() == before
    (w.at("taken") / "price").mkdir(parents=True)
    w.refused("file_exists", 6, "open", bid, "--tender", w.tender, *w.files(), "--at", LATER, "--envelope", "price", "--out",
              w.at("taken"))


def many_files(w):
    """5,000 small files from a folder, long and Chinese names"""
    folder = w.at("many")
    plan = folder / "technical/plan"
    plan.mkdir(parents=True)
    for number in range(4990):
        (plan / f"{number:05}.txt").write_text(f"文件 {number}", encoding="utf-8")
    long_name = "很长的名字" * 16 + "长" * 3 + ".txt"
    assert len(long_name.encode()) == 253
    (plan / "子目录").mkdir()
    (plan / "子目录" / long_name).write_text("长")
    bid = w.at("many.sbid")
    made = w.json("pack", "--tender", w.tender, *w.files(), "--dir", folder, "--add", f"qualification/licence={w.at('licence.pdf')}",
                  "--add", f"price/schedule={w.at('prices.pdf')}", "--set", "total=1.00", "--set", "days=1", "--out", bid)
    assert made["documents"] == 4993
    w.bidseal("open", bid, "--tender", w.tender, *w.files(), "--at", LATER, "--envelope", "technical", "--out", w.at("many-opened"))
    run("diff", "-r", plan, w.at("many-opened/technical/plan"))
    shutil.rmtree(folder)


def signer_of_documents_only(w):
    """a certificate whose only usage is nonRepudiation signs bids, rewraps and tender files"""
    key = w.at("company/sign.key")
    run("openssl", "req", "-new", "-utf8", "-key", key, "-sm3", "-sigopt", "distid:1234567812345678", "-subj",
        "/O=东海建设有限公司/serialNumber=91310000MA1FL0XX0A", "-out", w.at("only.csr"))
    w.at("only.ext").write_text("keyUsage=critical,nonRepudiation\n")
    run("openssl", "x509", "-req", "-in", w.at("only.csr"), "-CA", w.at("ca/issuing.crt"), "-CAkey", w.at("ca/issuing.key"), "-sm3",
        "-sigopt", "distid:1234567812345678", "-vfyopt", "distid:1234567812345678", "-days", "30", "-set_serial", "0x7771",
        "-extfile", w.at("only.ext"), "-out", w.at("only.crt"))
    own = ["--sign-cert", w.at("only.crt"), "--sign-key", key]
    encryption = ["--encrypt-cert", w.at("company/enc.crt"), "--encrypt-key", w.at("company/enc.key")]
    at = ["--at", time(1)]
    bid = w.pack("only.sbid", *at, keys=own + encryption)
    assert w.json("verify", bid, "--tender", w.tender, *at)["signer"].startswith("serialNumber=")
    w.bidseal("rewrap", bid, "--tender", w.tender, *own, *encryption, *at, "--opener-cert", w.at("company/enc.crt"), "--out",
              w.at("only.sbrw"))
    w.bidseal("verify", bid, "--tender", w.tender, "--rewrap", w.at("only.sbrw"), *at)


def odd_names(w):
    """names that are no UTF-8 or that a terminal would obey are shown as such, and never end the program"""
    odd = os.fsencode(w.folder) + b"/\xff\x1b[2J.pdf"
    with open(odd, "wb") as file:
        file.write(b"%PDF-1.4\n%%EOF\n")
    words = ["pack", "--tender", w.tender, *w.files(), *w.contents(), "--out", w.at("never.sbid")]
    addition = b"technical/plan=" + odd
    assert w.refused("path_unsafe", 3, *words, "--add", addition)["subject"] == "??[2J.pdf"
    plain = w.bidseal(*words, "--add", addition, check=False)
    assert plain.returncode == 3 and "\x1b" not in plain.stderr
    os.unlink(odd)
    assert w.refused("io_read", 6, "inspect", odd)["detail"].endswith("/??[2J.pdf")
    target = os.fsencode(w.folder) + b"/\xfe.sbid"
    made = json.loads(w.bidseal(*words[:-1], target, "--json").stdout)
    assert made["file"].endswith("/?.sbid") and os.path.exists(target)
    os.unlink(target)


def folders(w):
    """nothing in a folder of documents is left out in silence"""
    folder = w.at("folder")
    for name in ("qualification/licence", "technical/plan", "price/schedule"):
        (folder / name).mkdir(parents=True)
    shutil.copy(w.at("licence.pdf"), folder / "qualification/licence")
    shutil.copy(w.at("drawing.bin"), folder / "technical/plan")
    shutil.copy(w.at("prices.pdf"), folder / "price/schedule")
    words = ["pack", "--tender", w.tender, *w.files(), "--dir", str(folder) + "/", "--set", "total=1.00", "--set", "days=1", "--out",
             w.at("folder.sbid")]
    assert w.json(*words, "--force")["documents"] == 3
    (folder / "technical/plan/link.txt").symlink_to(w.at("licence.pdf"))
    assert w.refused("io_read", 6, *words, "--force")["subject"].endswith("technical/plan/link.txt")
    (folder / "technical/plan/link.txt").unlink()
    os.mkfifo(folder / "technical/plan/pipe")
    w.refused("io_read", 6, *words, "--force")
    w.refused("io_read", 6, *words, "--dir", w.at("no-such-folder"))
    w.refused("io_read", 6, "inspect", folder / "technical/plan/pipe")
    shutil.rmtree(folder)


def standard_output(w):
    """a full disk behind standard output is told; a reader that went away is no fault"""
    bid = w.pack("output.sbid")
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([BIDSEAL, "inspect", bid], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 6 and "io_write" in done.stderr, done
    done = run("bash", "-c", f"'{BIDSEAL}' inspect '{bid}' --json | true; echo ${{PIPESTATUS[0]}}")
    assert done.stdout == "0\n" and done.stderr == "", done


def without_links(w):
    """files get their names also where the file system knows no hard links (USB sticks), and replace nothing there"""
    source = w.at("nolinks.c")
    source.write_text("#include <errno.h>\nint link(const char *a, const char *b) { (void)a, (void)b; errno = EPERM; return -1; }\n"
                      "int renameat2(int a, const char *b, int c, const char *d, unsigned e)\n"
                      "{ (void)a, (void)b, (void)c, (void)d, (void)e; errno = EINVAL; return -1; }\n")
    run("gcc", "-shared", "-fPIC", "-o", w.at("nolinks.so"), source)
    shim = {"LD_PRELOAD": str(w.at("nolinks.so"))}
    words = ["pack", "--tender", w.tender, *w.files(), *w.contents(), "--out", w.at("stick.sbid")]
    w.bidseal(*words, env=shim)
    w.bidseal("verify", w.at("stick.sbid"), "--tender", w.tender)
    w.bidseal("open", w.at("stick.sbid"), "--tender", w.tender, *w.files(), "--at", LATER, "--out", w.at("stick"), env=shim)
    w.compare_opened("stick")
    w.refused("file_exists", 6, *words, env=shim)


def usage(w):
    """wrong calls say what is wrong; help and completion know every option"""
    w.refused("usage", 2, "pack")
    w.refused("usage", 2, "nonsense")
    w.refused("usage", 2, "verify", w.tender, "--tender", w.tender, "--no-such-option")
    w.refused("io_read", 6, "inspect", w.at("missing.sbid"))
    w.refused("bid_not_bid", 3, "inspect", w.at("drawing.bin"))
    help_text = w.bidseal("--help").stdout
    for command in ("tender new", "tender inspect", "tender verify", "pack", "inspect", "verify", "rehearse", "open", "rewrap"):
        assert command in help_text
        assert "Examples:" in w.bidseal(*command.split(), "--help").stdout, command
    script = w.at("completion.bash")
    script.write_text(w.bidseal("completion", "bash").stdout)
    ask = f". {script}; COMP_WORDS=(bidseal pack --rep); COMP_CWORD=2; _bidseal; echo ${{COMPREPLY[@]}}"
    assert run("bash", "-c", ask).stdout.split() == ["--replaces"]
    ask = f". {script}; COMP_WORDS=(bidseal tender new --exa); COMP_CWORD=3; _bidseal; echo ${{COMPREPLY[@]}}"
    assert run("bash", "-c", ask).stdout.split() == ["--example"]
    manual = w.bidseal("completion", "man").stdout
    for command in ("tender new", "tender inspect", "tender verify", "pack", "inspect", "verify", "rehearse", "open", "rewrap", "release"):
        assert f".SS bidseal {command}" in manual, command
    for words in (["help", "pack"], ["pack", "-h"], ["pack", "--help"]):
        assert w.bidseal(*words).stdout.startswith("bidseal pack: "), words
    both = w.bidseal("tender", "--help").stdout
    assert "bidseal tender new: " in both and "bidseal tender verify: " in both
    w.refused("usage", 2, "inspect", "-x")
    w.refused("usage", 2, "inspect", w.tender, "--lang", "fr")
    assert w.bidseal("inspect", "--json", "--", "--missing.sbid", check=False).returncode == 6
    chinese = w.bidseal("inspect", w.at("drawing.bin"), "--lang", "zh", check=False).stderr
    assert "请选择 .sbid 文件" in chinese, chinese


if __name__ == "__main__":
    main([ukey_round_trip, inner_zip, one_envelope_at_a_time, international_signers, rsa_opener, supplier_and_platform, rescue_group,
          released_shares, renewal, rewrap_receipt, junk_openers, opening_time, deadline, wrong_tender, certificates, documents, damage,
          wrong_key, full_disk, interruption, existing_files, many_files, signer_of_documents_only, odd_names, folders,
          standard_output, without_links, usage, pins], "cli-test")
