"""What the command line's tests share: a project with its CA, keys, tender file and documents, and a runner."""
import datetime
import json
import os
import pathlib
import shutil
import subprocess
import sys
import traceback

BUILD = pathlib.Path(os.environ["BIDSEAL_BUILD"])
BIDSEAL = BUILD / "native/bin/bidseal"
TESTCA = BUILD / "native/bin/bidseal-testca"
SOFTUKEY = BUILD / "native/lib/libbidseal_softukey.so"
PIN = "135790"  # TEST secret
ADMIN_PIN = "24680135"  # TEST secret


def time(minutes):
    """This many minutes from now, as the formats write times."""
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def run(*words, env=None, check=True, **options):
    done = subprocess.run([w if isinstance(w, bytes) else str(w) for w in words], capture_output=True, text=True,
                          env={**os.environ, "LC_ALL": "C.UTF-8", **(env or {})}, **options)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, words))} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done


class World:
    """A folder with a CA, a UKey, key files of a company, a platform, a tender file and documents."""

    def __init__(self, folder):
        self.folder = folder
        self.env = {"BIDSEAL_SOFTUKEY_DIR": str(folder / "ukeys")}
        self.testca("init", self.at("ca"))
        self.testca("ukey", self.at("ca"), "--name", "东海建设有限公司", "--code", "91310000MA1FL0XX0A", "--device",
                    "donghai", "--pin", PIN, "--admin-pin", ADMIN_PIN, "--retries", "4", "--library", SOFTUKEY)
        self.key_files("platform", "示例交易平台", "91310000MA1FL0YY0B")
        self.key_files("company", "东海建设有限公司", "91310000MA1FL0XX0A")
        self.at("pin").write_text(PIN + "\n")
        self.documents()
        self.tender = self.make_tender("project.tender")

    def at(self, name):
        return self.folder / name

    def testca(self, *words):
        return run(TESTCA, *words, env=self.env)

    def key_files(self, folder, name, code, *more, kind="platform"):
        self.testca(kind, self.at("ca"), "--name", name, "--code", code, "--out", self.at(folder), *more)

    def documents(self):
        self.at("licence.pdf").write_bytes(b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")
        self.at("prices.pdf").write_bytes(b"%PDF-1.4\n1 0 obj<</Type/Catalog/Lang(zh)>>endobj\ntrailer<<>>\n%%EOF\n")
        self.at("施工方案.txt").write_text("施工组织设计\n" * 40000, encoding="utf-8")
        self.at("drawing.bin").write_bytes(os.urandom(1_500_001))
        self.at("empty.dat").write_bytes(b"")

    def description(self):
        return json.loads(run(BIDSEAL, "tender", "new", "--example").stdout)

    def make_tender(self, name, change=lambda d: None, platform="platform", more=()):
        description = self.description()
        description.update(published=time(-60), deadline=time(60), opening=time(61))
        change(description)
        self.at("description.json").write_text(json.dumps(description, ensure_ascii=False), encoding="utf-8")
        run(BIDSEAL, "tender", "new", "--from", self.at("description.json"), "--platform-cert",
            self.at(platform) / "sign.crt", "--platform-key", self.at(platform) / "sign.key", "--platform-encrypt-cert",
            self.at(platform) / "enc.crt", "--root", self.at("ca/root.crt"), "--intermediate", self.at("ca/issuing.crt"),
            "--crl", self.at("ca/issuing.crl"), "--crl", self.at("ca/root.crl"), "--out", self.at(name), "--force", *more)
        return self.at(name)

    ukey = property(lambda self: ["--ukey", SOFTUKEY, "--pin-file", self.at("pin")])

    def files(self, folder="company"):
        keys = self.at(folder)
        return ["--sign-cert", keys / "sign.crt", "--sign-key", keys / "sign.key", "--encrypt-cert", keys / "enc.crt",
                "--encrypt-key", keys / "enc.key"]

    def contents(self):
        """Documents and figures of a complete bid."""
        return ["--add", f"qualification/licence={self.at('licence.pdf')}", "--add",
                f"technical/plan={self.at('施工方案.txt')}", "--add", f"technical/plan={self.at('drawing.bin')}", "--add",
                f"technical/plan={self.at('empty.dat')}", "--add", f"price/schedule={self.at('prices.pdf')}", "--set",
                "total=1234567.00", "--set", "days=90"]

    def bidseal(self, *words, check=True, env=None):
        return run(BIDSEAL, *words, env={**self.env, **(env or {})}, check=check)

    def json(self, *words):
        return json.loads(self.bidseal(*words, "--json").stdout)

    def refused(self, code, exit_code, *words, env=None):
        """The command must end with this error and exit code; gives the error object."""
        done = self.bidseal(*words, "--json", check=False, env=env)
        assert done.returncode == exit_code, f"exit code {done.returncode} instead of {exit_code}: {done.stdout}{done.stderr}"
        error = json.loads(done.stdout)
        assert error["error"] == code, f"{error} instead of {code}"
        assert error["message"] and error["action"], error
        return error

    def resign(self, rewrap, change, signer="company"):
        """A rewrap file with its openers changed, signed anew by a key file: `change` gets the JSON's object."""
        data = self.at(rewrap).read_bytes()
        start = data.index(b'{"type":"SBID1-openers"')
        openers, length = json.JSONDecoder().raw_decode(data[start:].decode("latin-1"))
        content = data[start:start + length]
        change(openers)
        changed = json.dumps(openers, separators=(",", ":"), ensure_ascii=False).encode()
        assert len(changed) == len(content) and changed != content
        self.at("content").write_bytes(changed)
        # The signature stands at the end. Its length varies; one of the same keeps all other lengths.
        old = next(n for n in range(68, 73) if data[-n:-n + 2] == bytes([0x30, n - 2]) and data[-n - 1] == n)
        signature = b""
        while len(signature) != old:
            run("openssl", "pkeyutl", "-sign", "-inkey", self.at(signer) / "sign.key", "-rawin", "-digest", "sm3", "-pkeyopt",
                "distid:1234567812345678", "-in", self.at("content"), "-out", self.at("signature"))
            signature = self.at("signature").read_bytes()
        self.at(rewrap).write_bytes(data[:start] + changed + data[start + length:-old] + signature)

    def pack(self, name, *more, keys=None, tender=None):
        words = ["pack", "--tender", tender or self.tender, *(keys or self.files()), *self.contents(), "--out",
                 self.at(name), "--force", *more]
        self.bidseal(*words)
        return self.at(name)

    def compare_opened(self, folder):
        for name, place in {"licence.pdf": "qualification", "施工方案.txt": "technical", "drawing.bin": "technical",
                            "empty.dat": "technical", "prices.pdf": "price"}.items():
            opened = self.at(folder) / place / name
            assert opened.read_bytes() == self.at(name).read_bytes(), f"{name} differs"

    def leftovers(self):
        return sorted(p.name for p in self.folder.rglob(".*.partial"))


def main(cases, folder_name):
    """Runs all cases, or those that the command line names."""
    cases = [case for case in cases if not sys.argv[1:] or case.__name__ in sys.argv[1:]]
    folder = BUILD / folder_name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    passed = failed = 0
    try:
        world = World(folder)
        for case in cases:
            title = (case.__doc__ or case.__name__).strip().splitlines()[0]
            try:
                case(world)
                assert not world.leftovers(), f"left behind: {world.leftovers()}"
                passed += 1
                print(f"ok: {title}", flush=True)
            except Exception:  # pylint: disable=broad-except
                failed += 1
                print(f"FAILED: {title}\n{traceback.format_exc()}", flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
