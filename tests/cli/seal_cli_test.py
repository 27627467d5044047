#!/usr/bin/env python3
"""Seals on the command line: made, put on PDFs by UKey and by key files, judged, and every kind of bad input."""
import json

import support
from support import main, time

PDF = support.pathlib.Path(__file__).resolve().parents[1] / "vectors/pdf/chromium.pdf"
PICTURE = support.pathlib.Path(__file__).resolve().parents[1] / "vectors/seal/small.png"


def key(w, folder):
    return ["--sign-cert", w.at(folder) / "sign.crt", "--sign-key", w.at(folder) / "sign.key"]


def trust(w):
    return ["--trust", w.at("ca/root.crt"), "--intermediate", w.at("ca/issuing.crt"), "--crl", w.at("ca/issuing.crl"),
            "--crl", w.at("ca/root.crl")]


def make(w, name, *more, user=None, until=None):
    return ["seal", "make", "--name", "东海建设有限公司公章", "--id", "91310000MA1FL0XX0A-1", "--user",
            user or w.at("ca/ukeys/donghai/sign.crt"), "--picture", PICTURE, "--not-after", until or time(600), *key(w, "platform"),
            "--out", w.at(name), *more]


def judge(w, file, *more):
    """Exit code and report of seal verify."""
    done = w.bidseal("seal", "verify", file, *trust(w), *more, "--json", check=False)
    return done.returncode, json.loads(done.stdout)


def codes(report):
    return [(f["part"], f["code"]) for f in report["findings"]]


def sealed_by_ukey(w):
    """a UKey's holder seals pages, edges and all; anyone verifies"""
    made = w.json(*make(w, "company.esl"))
    assert made["name"] == "东海建设有限公司公章" and made["standard"] == "GB/T 38540-2020" and made["users"] == 1
    code, report = judge(w, w.at("company.esl"), "--require-crl")
    assert code == 0 and report["valid"] and report["revocation_checked"] and codes(report) == []
    made = w.json("seal", "stamp", PDF, "--seal", w.at("company.esl"), "--place", "last:130:220", "--place", "1-2:20:20.5",
                  "--cross-page", "all:150", *w.ukey, "--out", w.at("sealed.pdf"))
    assert made["places"] == 6
    assert w.at("sealed.pdf").read_bytes().startswith(PDF.read_bytes())
    code, report = judge(w, w.at("sealed.pdf"), "--require-crl")
    assert code == 0 and report["valid"] and len(report["seals"]) == 1, report
    seal = report["seals"][0]
    assert seal["container"] == "gbt_38540" and seal["covers_all"] and seal["revocation_checked"] and seal["pictures_compared"]
    assert seal["signer"]["credit_code"] == "91310000MA1FL0XX0A" and seal["seal"]["name"] == "东海建设有限公司公章"
    places = {(p["page"], p["left"], p["top"], p["width"]) for p in seal["pictures_in_hundredths_of_mm"]}
    assert {(3, 13000, 22000, 4000), (1, 2000, 2050, 4000), (2, 2000, 2050, 4000)} < places, places
    assert sum(1 for p in places if p[3] == 1333) == 3, places


def several(w):
    """further seals leave the earlier ones standing; a changed document leaves none"""
    w.json(*make(w, "files.esl", user=w.at("company/sign.crt")))
    first, second = w.at("first.pdf"), w.at("second.pdf")
    w.bidseal("seal", "stamp", PDF, "--seal", w.at("files.esl"), "--place", "1:20:20", *key(w, "company"), "--out", first)
    w.bidseal("seal", "stamp", first, "--picture", PICTURE, "--place", "2:50:50", *key(w, "company"), "--reason", "同意",
              "--out", second)
    code, report = judge(w, second)
    assert code == 0 and [s["container"] for s in report["seals"]] == ["gbt_38540", "gbt_35275"], report
    assert [s["covers_all"] for s in report["seals"]] == [False, True]
    data = bytearray(second.read_bytes())
    data[15000] ^= 1
    w.at("changed.pdf").write_bytes(data)
    code, report = judge(w, w.at("changed.pdf"))
    assert code == 4 and not report["valid"]
    assert [codes(s) for s in report["seals"]] == [[("document", "seal_document_mismatch")]] * 2, report
    data = second.read_bytes() + b"%more\n"
    w.at("longer.pdf").write_bytes(data)
    code, report = judge(w, w.at("longer.pdf"))
    assert code == 4 and not report["valid"], report
    assert codes(report["seals"][1]) == [("document", "pdf_changed_after")], report


def trusted(w):
    """revoked users, expired seals and unknown issuers have their own findings"""
    w.key_files("other", "西岭建设有限公司", "91310000MA1FL0XX0Z")
    w.json(*make(w, "other.esl", user=w.at("other/sign.crt")))
    w.bidseal("seal", "stamp", PDF, "--seal", w.at("other.esl"), "--place", "1:20:20", *key(w, "other"), "--out", w.at("other.pdf"))
    assert judge(w, w.at("other.pdf"))[0] == 0
    code, report = judge(w, w.at("company.esl"), "--at", time(601))
    assert code == 4 and codes(report) == [("seal", "seal_expired")], report
    code, report = judge(w, w.at("other.pdf"), "--issuer-trust", w.at("other/sign.crt"))
    assert code == 4 and ("issuer", "certificate_untrusted") in codes(report["seals"][0]), report
    w.testca("crl", w.at("ca"), "--revoke", w.at("other/sign.crt"))
    code, report = judge(w, w.at("other.pdf"))
    assert code == 4 and codes(report["seals"][0]) == [("signer", "certificate_revoked")], report


def refused(w):
    """what cannot be made or sealed says why"""
    out = ["--out", w.at("never.pdf")]
    stamp = ["seal", "stamp", PDF, "--seal", w.at("files.esl"), *key(w, "company"), *out]
    w.refused("seal_signer_not_listed", 4, "seal", "stamp", PDF, "--seal", w.at("files.esl"), "--place", "1:1:1",
              *key(w, "platform"), *out)
    w.refused("seal_expired", 4, *stamp, "--at", time(700))
    w.refused("pdf_place", 3, *stamp, "--place", "4:20:20")
    w.refused("pdf_place", 3, *stamp, "--place", "1:200:20")
    w.refused("pdf_place", 3, *stamp, "--cross-page", "2:150")
    for place in ("1:20", "0:1:1", "3-2:1:1", "x:1:1", "1:-5:1", "1:1.2.3:1"):
        w.refused("usage", 2, *stamp, "--place", place)
    w.refused("usage", 2, *stamp, "--picture", PICTURE)
    w.refused("usage", 2, "seal", "stamp", PDF, *key(w, "company"), *out)
    w.refused("seal_format", 3, "seal", "stamp", PDF, "--seal", PICTURE, *key(w, "company"), *out)
    w.refused("pdf_damaged", 3, "seal", "stamp", PICTURE, "--seal", w.at("files.esl"), *key(w, "company"), *out)
    w.refused("file_exists", 6, "seal", "stamp", PDF, "--seal", w.at("files.esl"), *key(w, "company"), "--out", w.at("first.pdf"))
    words = make(w, "never.esl")
    words[words.index(PICTURE)] = PDF
    w.refused("seal_picture", 3, *words)
    w.refused("seal_format", 3, *make(w, "never.esl", until=time(-60)))
    w.refused("pdf_no_seal", 3, "seal", "verify", PDF, *trust(w))
    encrypted = w.at("encrypted.pdf")
    support.run("qpdf", "--encrypt", "", "owner", "256", "--", PDF, encrypted)
    w.refused("pdf_encrypted", 3, "seal", "stamp", encrypted, "--seal", w.at("files.esl"), *key(w, "company"), *out)
    w.refused("pdf_encrypted", 3, "seal", "verify", encrypted, *trust(w))
    assert not w.at("never.pdf").exists() and not w.at("never.esl").exists()


if __name__ == "__main__":
    main([sealed_by_ukey, several, trusted, refused], "cli-seal-test")
