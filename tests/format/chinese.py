#!/usr/bin/env python3
"""Chinese sentences have Chinese punctuation: no ASCII comma, colon, semicolon, question or exclamation mark or bracket.

Looked at: texts in both languages (JSON), Chinese documents (*.zh-CN.md), and the string literals of programs.
--self-test: whether the check sees what it should."""
import json
import pathlib
import re
import subprocess
import sys

CHINESE = re.compile(r"[\u3400-\u9fff]")
# A mark between digits belongs to the number (1,000 or 10:30); a file name's brackets stand in code spans.
MARK = re.compile(r"(?<![0-9])[,:;?!](?![0-9])|(?<=[0-9])[,:;?!](?![0-9])|(?<![0-9])[,:;?!](?=[0-9])|[()]")
# Not language: code, targets of links, addresses, placeholders of texts.
NOT_TEXT = re.compile(r"`[^`]*`|!\[|\]\([^)]*\)|https?://[^\s，。；）]+|\{\{?[^{}]*\}?\}|\$\{[^}]*\}|<[^<>]*>")
LITERAL = re.compile(r'"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'')
SOURCES = ("*.cpp", "*.h", "*.ts", "*.vue", "*.mjs", "*.py", "*.sh", "*.html")


def faults(text):
    """The marks of a text that are not Chinese, when it is a Chinese text."""
    text = NOT_TEXT.sub(" ", text)
    return MARK.findall(text) if CHINESE.search(text) else []


def json_texts(value, path=""):
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from json_texts(item, f"{path}[{i}]")
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from json_texts(item, f"{path}.{name}")


def texts_of(path):
    """(place, text) of all that people read in this file."""
    content = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        yield from json_texts(json.loads(content))
    elif path.suffix == ".md":
        content = re.sub(r"^```.*?^```", lambda m: "\n" * m[0].count("\n"), content, flags=re.M | re.S)
        yield from ((f":{n}", line) for n, line in enumerate(content.split("\n"), 1))
    else:
        for n, line in enumerate(content.split("\n"), 1):
            yield from ((f":{n}", literal[0][1:-1]) for literal in LITERAL.finditer(line))


def files():
    patterns = ["shared/protocol/*.json", "web/*/src/locales/*.json", "*.zh-CN.md", *SOURCES, ":!tests"]
    listed = subprocess.run(["git", "ls-files", "-z", *patterns], check=True, capture_output=True, text=True).stdout
    return [path for path in map(pathlib.Path, filter(None, listed.split("\0"))) if path.is_file()]


def self_test():
    for bad in ("没有文件,请重试。", "UKey,附带", "次数:3", "确定吗?", "SM4(GB/T 32907)是", "第 3,后"):
        assert faults(bad), bad
    for good in ("没有文件，请重试。", "`a(b)` 列出", "[规范](docs/a.md)公开", "共 1,000 个，10:30 开标", "{n, m} 个",
                 "see (there), please", "见 https://example.com/a,b 页", "![图](a.png)"):
        assert not faults(good), good


def main():
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        return
    count, bad = 0, 0
    for path in files():
        count += 1
        for place, text in texts_of(path):
            for mark in faults(text):
                bad += 1
                print(f"{path}{place}: ASCII '{mark}' in a Chinese text: {text.strip()[:80]}")
    assert count > 50, "the files were not found"
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
