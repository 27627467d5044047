#!/usr/bin/env python3
"""Reads every entry of a ZIP with Python's zipfile and checks the fields that the profile fixes.

usage: check_zip.py FILE.zip
"""
import sys
import zipfile

EXPECTED_NAMES = {
    "small.zip": [f"{top}/{name}" for top in ("stored", "deflated")
                  for name in ("manifest.json", "empty.txt", "报价/分项报价表.csv",
                               "技术/方案 (最终版).pdf", "Preisübersicht.csv")],
    "many.zip": [f"{i}.txt" for i in range(65540)],
    "large.zip": ["deflated.bin", "stored.bin", "behind.txt"],
}


def main():
    path = sys.argv[1]
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == EXPECTED_NAMES[path.rsplit("/", 1)[-1]], "other names"
        assert archive.comment == b"", "a comment"
        for info in archive.infolist():
            assert info.flag_bits == 0x0808, "other flags"
            assert info.date_time == (1980, 1, 1, 0, 0, 0), "a time"
            assert info.create_system == 3 and info.external_attr == 0x81A40000, "attributes"
            assert info.comment == b"", "a comment"
        if path.endswith("large.zip"):
            # unzip has read all 8 GiB by now: here only their beginnings, and what stands behind.
            for name in ("deflated.bin", "stored.bin"):
                with archive.open(name) as file:
                    assert file.read(1 << 20) == bytes(1 << 20), "other content"
            assert archive.read("behind.txt") == b"behind four GiB\n", "other content"
        else:
            assert archive.testzip() is None, "a broken entry"
    sizes = {info.filename: info.file_size for info in archive.infolist()}
    if path.endswith("large.zip"):
        assert sizes["stored.bin"] == 2**32 + 1 and sizes["deflated.bin"] == 0xF0000000
        assert archive.getinfo("behind.txt").header_offset > 2**32


if __name__ == "__main__":
    main()
