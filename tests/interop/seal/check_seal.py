#!/usr/bin/env python3
"""Lets others judge seals and sealed PDFs: openssl and BouncyCastle the signatures, qpdf the structure, pdfsig the CMS
containers, poppler's renderer the place of the picture; pdf.js opens the files. Documents: tests/vectors/pdf, of several producers; seals that others
made: $BIDSEAL_SAMPLES or ../shared/samples.

Usage: check_seal.py WORK_FOLDER
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(os.environ['BIDSEAL_BUILD']) / 'native/bin'
PDFS = sorted((ROOT / 'tests/vectors/pdf').glob('*.pdf'))
PICTURE = ROOT / 'tests/vectors/seal/small.png'
SAMPLES = pathlib.Path(os.environ.get('BIDSEAL_SAMPLES') or ROOT.parent / 'shared/samples')
JARS = ':'.join(f'/usr/share/java/{name}.jar' for name in ('bcprov', 'bcpkix', 'bcutil'))
NODE = pathlib.Path(os.environ.get('BIDSEAL_DEPS', ROOT / '.deps')) / 'node/bin/node'
DISTID = 'distid:1234567812345678'
DPI = 100
passed = failed = 0


def check(name, good, more=''):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    print(('ok: ' if good else 'FAILED: ') + name + ('' if good else f' {more}'), flush=True)


def run(*words):
    return subprocess.run([str(w) for w in words], capture_output=True, text=True, errors='replace',
                          env={**os.environ, 'LC_ALL': 'C.UTF-8'})


def must(*words):
    done = run(*words)
    if done.returncode:
        raise SystemExit(f'{" ".join(map(str, words))} ended with {done.returncode}:\n{done.stdout}{done.stderr}')
    return done.stdout


def values(data):
    """Tag, content and whole of the DER values in a byte string."""
    out = []
    while data:
        size, head = data[1], 2
        if size >= 0x80:
            head = 2 + (size & 0x7f)
            size = int.from_bytes(data[2:head], 'big')
        out.append((data[0], data[head:head + size], data[:head + size]))
        data = data[head + size:]
    return out


def seal_parts(der):
    """What the issuer signed, its certificate, the signature: cut by hand."""
    members = values(values(der)[0][1])
    if len(members) == 2:  # GM/T 0031-2014
        cert, algorithm, signature = values(members[1][1])
        body = members[0][2] + cert[2] + algorithm[2]
        return b'\x30\x82' + len(body).to_bytes(2, 'big') + body, cert[1], signature[1][1:]
    info, cert, _, signature = members[:4]
    return info[2], cert[1], signature[1][1:]


def signature_parts(der):
    to_sign, cert, _, signature = values(values(der)[0][1])[:4]
    return to_sign[2], cert[1], signature[1][1:]


class World:
    def __init__(self, folder):
        self.folder = folder
        self.kept = []
        must(BUILD / 'bidseal-testca', 'init', self.at('ca'))
        must(BUILD / 'bidseal-testca', 'init', self.at('rsa-ca'), '--alg', 'rsa')
        for ca, name, kind in (('ca', 'maker', 'sm2'), ('ca', 'company', 'sm2'), ('rsa-ca', 'rsa', 'rsa'),
                               ('rsa-ca', 'p256', 'p256')):
            must(BUILD / 'bidseal-testca', 'platform', self.at(ca), '--name', '东海建设有限公司', '--code',
                 '91310000MA1FL0XX0A', '--out', self.at(name), '--alg', kind)
        self.esl = self.at('company.esl')
        must(BUILD / 'bidseal', 'seal', 'make', '--name', '东海建设有限公司公章', '--id', '1', '--user',
             self.at('company/sign.crt'), '--picture', PICTURE, '--not-after', '2099-01-01T00:00:00Z',
             *self.key('maker'), '--out', self.esl)

    def at(self, name):
        return self.folder / name

    def key(self, name):
        return ['--sign-cert', self.at(name) / 'sign.crt', '--sign-key', self.at(name) / 'sign.key']

    trust = property(lambda self: [w for ca in ('ca', 'rsa-ca') for w in (
        '--trust', self.at(ca) / 'root.crt', '--intermediate', self.at(ca) / 'issuing.crt', '--crl',
        self.at(ca) / 'issuing.crl', '--crl', self.at(ca) / 'root.crl')])

    def stamp(self, pdf, out, key, *more):
        must(BUILD / 'bidseal', 'seal', 'stamp', pdf, *self.key(key), *more, '--out', out, '--force')
        return out

    def keep(self, pdf, kind, name):
        """Remembers a sealed file for the judges that are asked about all files at once."""
        copy = self.at(f'kept-{len(self.kept)}.pdf')
        shutil.copyfile(pdf, copy)
        self.kept.append((name, kind, copy))

    def verify(self, pdf):
        done = run(BUILD / 'bidseal', 'seal', 'verify', pdf, *self.trust, '--json')
        return done.returncode, json.loads(done.stdout)

    def openssl(self, name, message, certificate, signature):
        """openssl on message and signature, and on a changed message."""
        for file, data in (('message', message), ('signature', signature), ('certificate', certificate)):
            self.at(file).write_bytes(data)
        must('openssl', 'x509', '-inform', 'DER', '-in', self.at('certificate'), '-pubkey', '-noout', '-out', self.at('key'))
        words = ['openssl', 'dgst', '-sm3', '-verify', self.at('key'), '-sigopt', DISTID, '-signature',
                 self.at('signature'), self.at('message')]
        check(f'openssl verifies {name}', 'Verified OK' in run(*words).stdout)
        self.at('message').write_bytes(message[:-1] + bytes([message[-1] ^ 1]))
        check(f'openssl refuses {name} with a changed byte', run(*words).returncode == 1)


def samples(w):
    """Seals that others made: openssl agrees with us on every one."""
    for name in ('UserV1.esl', 'UserV4.esl', 'SignedValueV4.dat'):
        if not (SAMPLES / name).is_file():
            print(f'NOT TESTED: no sample {name} in {SAMPLES}; set BIDSEAL_SAMPLES to the folder that has it', flush=True)
            continue
        data = (SAMPLES / name).read_bytes()
        w.openssl(f'sample {name}', *(signature_parts if name.endswith('.dat') else seal_parts)(data))
        if name.endswith('.esl'):
            shown = run(BUILD / 'bidseal', 'seal', 'verify', SAMPLES / name, *w.trust, '--json')
            codes = {(f['part'], f['code']) for f in json.loads(shown.stdout)['findings']}
            check(f'{name}: nothing but its age and its unknown issuer is wrong',
                  shown.returncode == 4 and codes == {('issuer', 'certificate_untrusted'), ('seal', 'seal_expired')}, codes)


def contents_of(pdf):
    """Range and container of the last signature of a file, by a plain look at its bytes."""
    data = pdf.read_bytes()
    found = list(re.finditer(rb'/ByteRange \[0 (\d+) +(\d+) +(\d+) *\]', data))[-1]
    before, after, rest = map(int, found.groups())
    container = bytes.fromhex(data[before + 1:after - 1].decode())
    head = 2 + (container[1] & 0x7f)
    size = head + int.from_bytes(container[2:head], 'big')
    return data[:before] + data[after:after + rest], container[:size], data[before:before + 1], data[after - 1:after]


def pages_of(pdf, folder):
    """Rendered pages: width, height, rows of pixels."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    must('pdftoppm', '-r', DPI, pdf, folder / 'p')
    pages = []
    for file in sorted(folder.glob('p*.ppm')):
        data = file.read_bytes()
        width, height = map(int, re.match(rb'P6\s+(\d+)\s+(\d+)\s+255\s', data).groups())
        pixels = data[-3 * width * height:]
        pages.append((width, height, [pixels[3 * width * y:3 * width * (y + 1)] for y in range(height)]))
    return pages


def changed_box(before, after):
    """Left, top, right, bottom in mm of what differs between two rendered pages."""
    rows = [y for y in range(before[1]) if before[2][y] != after[2][y]]
    columns = [x for y in rows for x in range(before[0]) if before[2][y][3 * x:3 * x + 3] != after[2][y][3 * x:3 * x + 3]]
    if not rows:
        return None
    return [n * 25.4 / DPI for n in (min(columns), rows[0], max(columns) + 1, rows[-1] + 1)]


def one_pdf(w, pdf):
    name = pdf.name
    sealed = w.stamp(pdf, w.at('1.pdf'), 'company', '--seal', w.esl, '--place', '1:30:40')
    w.keep(sealed, 'ses', name)
    check(f'{name}: its bytes stay', sealed.read_bytes().startswith(pdf.read_bytes()))
    clean = run('qpdf', '--check', pdf)
    done = run('qpdf', '--check', sealed)
    check(f'{name}: qpdf --check accepts the sealed file', done.returncode == clean.returncode == 0,
          done.stdout + done.stderr + clean.stderr)
    code, report = w.verify(sealed)
    check(f'{name}: the seal stands', code == 0 and report['valid'] and report['seals'][-1]['covers_all'] and
          report['seals'][-1]['revocation_checked'], report)

    covered, container, opening, closing = contents_of(sealed)
    check(f'{name}: the range leaves out the string alone', opening + closing == b'<>')
    to_sign, certificate, signature = signature_parts(container)
    w.openssl(f"{name}: the seal's use", to_sign, certificate, signature)
    w.at('covered').write_bytes(covered)
    digest = bytes.fromhex(must('openssl', 'dgst', '-sm3', w.at('covered')).split()[-1])
    check(f'{name}: dataHash is what openssl computes', values(values(to_sign)[0][1])[3][1] == b'\0' + digest)
    check(f'{name}: the seal inside is the one that was made', values(values(to_sign)[0][1])[1][2] == w.esl.read_bytes())

    before, after = pages_of(pdf, w.at('before')), pages_of(sealed, w.at('after'))
    box = changed_box(before[0], after[0])
    want = [30, 40, 70, 80]
    check(f'{name}: the picture is where it was put', box and all(abs(a - b) < 0.8 for a, b in zip(box, want)), box)
    check(f'{name}: nothing else changed', len(before) == len(after) and before[1:] == after[1:])

    twice = w.stamp(sealed, w.at('2.pdf'), 'rsa', '--picture', PICTURE, '--width', 20, '--height', 20, '--place', 'last:5:5',
                    '--chain', w.at('rsa-ca/issuing.crt'))
    thrice = w.stamp(twice, w.at('3.pdf'), 'p256', '--picture', PICTURE, '--place', '1:100:100', '--chain',
                     w.at('rsa-ca/issuing.crt'))
    w.keep(twice, 'cms', f'{name} (RSA)')
    w.keep(thrice, 'cms', f'{name} (P-256)')
    w.keep(w.stamp(thrice, w.at('4.pdf'), 'company', '--picture', PICTURE, '--place', '1:150:100'), 'gm', f'{name} (SM2)')
    code, report = w.verify(thrice)
    kinds = [s['container'] for s in report['seals']][-3:]
    check(f'{name}: three kinds of signatures stand side by side', code == 0 and kinds == ['gbt_38540', 'cms', 'cms'], report)
    done = run('qpdf', '--check', thrice)
    check(f'{name}: qpdf --check accepts three sections', done.returncode == 0, done.stdout + done.stderr)
    said = run('pdfsig', '-nocert', twice).stdout
    check(f'{name}: pdfsig finds the RSA signature valid over the whole file',
          said.count('Signature is Valid.') == 1 and 'Total document signed' in said, said)
    said = run('pdfsig', '-nocert', thrice).stdout
    check(f'{name}: pdfsig finds RSA and P-256 valid', said.count('Signature is Valid.') == 2, said)

    bad = bytearray(thrice.read_bytes())
    bad[len(pdf.read_bytes()) // 2] ^= 1
    w.at('bad.pdf').write_bytes(bad)
    done = run(BUILD / 'bidseal', 'seal', 'verify', w.at('bad.pdf'), *w.trust, '--json')
    check(f'{name}: a changed byte ends in a refusal', done.returncode in (3, 4), done.stdout)


def bouncy_castle(w):
    """BouncyCastle on every kind of container, and on the same with a changed document."""
    classes = w.at('classes')
    classes.mkdir()
    must('javac', '-cp', JARS, '-d', classes, pathlib.Path(__file__).with_name('Seals.java'))
    words = []
    for i, (_, kind, pdf) in enumerate(w.kept):
        covered, container = contents_of(pdf)[:2]
        for file, data in ((f'{i}.container', container), (f'{i}.covered', covered), (f'{i}.changed', covered[:-1] + b'x')):
            w.at(file).write_bytes(data)
        for file in (f'{i}.covered', f'{i}.changed'):
            words += [kind, w.at(f'{i}.container'), w.at(file)]
    said = must('java', '-cp', f'{JARS}:{classes}', 'Seals', *words).splitlines()
    check('BouncyCastle answers for every file', len(said) == 2 * len(w.kept), said)
    for (name, kind, _), good, bad in zip(w.kept, said[::2], said[1::2]):
        check(f'BouncyCastle verifies {name} ({kind})', good == 'good', good)
        check(f'BouncyCastle refuses {name} ({kind}) with a changed byte', bad.startswith('bad'), bad)


def pdf_js(w):
    """pdf.js opens every file and finds the signature fields and the pictures."""
    said = must(NODE, pathlib.Path(__file__).with_name('open_by_pdfjs.mjs'), *(pdf for _, _, pdf in w.kept)).splitlines()
    check('pdf.js answers for every file', len(said) == len(w.kept), said)
    for (name, kind, pdf), line in zip(w.kept, said):
        seen = json.loads(line)
        fields = [a for a in seen['found'] if a['fieldType'] == 'Sig']
        pages = int(must('qpdf', '--show-npages', pdf))
        expected = pdf.read_bytes().count(b'/ByteRange')
        check(f'pdf.js opens {name} ({kind})', seen['pages'] == pages and len(fields) == expected and
              all(a['hasAppearance'] for a in fields), (seen, expected))


def rewritten(w, pdf):
    """qpdf as an attacker: the same document turned and saved anew, or with a page less."""
    sealed = w.stamp(pdf, w.at('1.pdf'), 'company', '--seal', w.esl, '--place', '1:30:40')
    must('qpdf', '--rotate=+90:1', sealed, w.at('turned.pdf'))
    code, report = w.verify(w.at('turned.pdf'))
    check('a document that qpdf wrote anew keeps no seal that stands', code == 4 and not report['valid'], report)


def cross_page(w, pdf):
    pages = len(pages_of(pdf, w.at('before')))
    if pages < 2:
        return
    sealed = w.stamp(pdf, w.at('1.pdf'), 'company', '--seal', w.esl, '--cross-page', 'all:150')
    before, after = pages_of(pdf, w.at('before')), pages_of(sealed, w.at('after'))
    each = 40 / pages
    for i in range(pages):
        box = changed_box(before[i], after[i])
        width = before[i][0] * 25.4 / DPI
        want = [width - each, 130, width, 170]
        # A slice of a ring may be empty at its edges: it lies inside of its place.
        check(f'{pdf.name}: slice {i + 1} lies at the edge',
              box and box[0] >= want[0] - 0.6 and box[1] >= want[1] - 0.6 and box[2] <= want[2] + 0.6 and
              box[3] <= want[3] + 0.6 and box[2] > width - each / 2, (box, want))
    code, report = w.verify(sealed)
    check(f'{pdf.name}: the cross-page seal stands as one signature',
          code == 0 and [len(s['pictures_in_hundredths_of_mm']) for s in report['seals']] == [pages], report)
    check(f'{pdf.name}: qpdf --check accepts it', run('qpdf', '--check', sealed).returncode == 0)


def main():
    folder = pathlib.Path(sys.argv[1])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    w = World(folder)
    w.openssl('the seal that was made', *seal_parts(w.esl.read_bytes()))
    samples(w)
    check('there are documents of at least six producers', len(PDFS) >= 6, PDFS)
    for pdf in PDFS:
        one_pdf(w, pdf)
    for pdf in PDFS:
        cross_page(w, pdf)
    rewritten(w, PDFS[0])
    bouncy_castle(w)
    pdf_js(w)
    print(f'{passed} passed, {failed} failed')
    sys.exit(1 if failed or not passed else 0)


if __name__ == '__main__':
    main()
