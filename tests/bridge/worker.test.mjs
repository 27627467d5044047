// Vendors' libraries: in a process of their own, only those that the administrator listed, and what
// a page and the daemon feel of one that misbehaves.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Daemon, caseStep, library, makeWorld, pin, removeFolder, removeWorld, scratchFolder, workersOf } from './daemon.mjs';
import { Connection } from './ws-client.mjs';

const build = process.env.BIDSEAL_BUILD ?? join(import.meta.dirname, '../../build');
const vendor = join(build, 'native/tests/libs/libvendor_plain.so');
const clock = ['--test-clock', '2026-05-15T00:00:00Z', '--windows-per-minute', '500'];

let world;
let sign;
let faults;
before(() => {
  world = makeWorld();
  sign = caseStep(world, 'make');
  faults = join(world, 'faults');
});
after(() => removeWorld(world));

/** A daemon with the library that misbehaves on order, in place of the plain software UKey. */
function vendorDaemon() {
  const options = ['--token-library', vendor, ...clock];
  return Daemon.start(null, options, { env: { BIDSEAL_SOFTUKEY_DIR: join(world, 'ukeys'), BIDSEAL_TEST_FAULTS: faults } });
}

function order(functionName, fault) {
  writeFileSync(faults, `${functionName} ${fault}\n`);
}

async function page(daemon) {
  const connection = await Connection.open(daemon.port);
  await connection.hello();
  await connection.pair();
  return connection;
}

async function signOnce(daemon, connection) {
  daemon.script('confirm ok', `pin ${pin} 0`);
  const { result } = await connection.ask('certificates.list');
  assert.equal(result.keys.length, 1);
  return connection.ask('sign.bid', { ...sign, key: result.keys[0].key });
}

test('the daemon holds no vendor library, its worker does', async () => {
  const daemon = await vendorDaemon();
  const connection = await page(daemon);
  assert.equal((await connection.ask('tokens.list')).result.tokens.length, 1);
  const maps = (pid) => readFileSync(`/proc/${pid}/maps`, 'utf8');
  assert.doesNotMatch(maps(daemon.process.pid), /vendor_plain|softukey/);
  const [worker] = workersOf(daemon);
  assert.match(maps(worker), /vendor_plain/);
  connection.close();
  await daemon.stop();
});

for (const [fault, code] of [['crash', 'token_driver_crashed'], ['overflow', 'token_driver_crashed'], ['rubbish', 'signature_invalid']]) {
  test(`a library that answers a signature with ${fault} costs that request alone`, async () => {
    rmSync(faults, { force: true });
    const daemon = await vendorDaemon();
    const connection = await page(daemon);
    const { result } = await connection.ask('certificates.list');
    daemon.script('confirm ok', `pin ${pin} 0`);
    order('SKF_ECCSignData', fault);
    const { error } = await connection.ask('sign.bid', { ...sign, key: result.keys[0].key });
    assert.equal(error.code, code);
    rmSync(faults);
    const again = await signOnce(daemon, connection);
    assert.equal(again.error, undefined);
    assert.ok(again.result.signature);
    assert.equal(daemon.process.exitCode, null);
    assert.doesNotMatch(daemon.log, new RegExp(pin));
    if (code === 'token_driver_crashed') assert.match(daemon.log, /event=worker_ended .*error=token_driver_crashed/);
    connection.close();
    assert.equal((await daemon.stop()).code, 0);
  });
}

test('kill -9 of the worker between two requests is not noticed by a page', async () => {
  const daemon = await vendorDaemon();
  const connection = await page(daemon);
  assert.equal((await signOnce(daemon, connection)).error, undefined);
  const [worker] = workersOf(daemon);
  process.kill(worker, 'SIGKILL');
  while (workersOf(daemon).includes(worker)) await new Promise((r) => setTimeout(r, 5));
  const again = await signOnce(daemon, connection);
  assert.equal(again.error, undefined);
  assert.notEqual(workersOf(daemon)[0], worker);
  connection.close();
  await daemon.stop();
  assert.deepEqual(workersOf(daemon), []);
});

const asRoot = { skip: process.getuid() === 0 ? false : 'only root owns the files that the manifest asks for' };

/** A folder of the administrator with a manifest, a profile and a copy of the software UKey. */
class Manifest {
  constructor() {
    this.dir = scratchFolder('bidseal-manifest-');
    this.library = join(this.dir, 'libvendor.so');
    copyFileSync(library, this.library);
    mkdirSync(join(this.dir, 'profiles'));
    writeFileSync(join(this.dir, 'profiles/soft.json'), '{"name":"soft","environment":["BIDSEAL_SOFTUKEY_DIR"]}');
    this.sha256 = createHash('sha256').update(readFileSync(this.library)).digest('hex');
  }
  entry(changes = {}) {
    return { path: this.library, sha256: this.sha256, profile: 'soft', ...changes };
  }
  /** The daemon under this manifest; `tokens` is what it finds. */
  async tokens(entries) {
    const file = join(this.dir, 'libraries.json');
    writeFileSync(file, JSON.stringify({ profiles: join(this.dir, 'profiles'), libraries: entries }));
    const daemon = await Daemon.start(null, ['--token-manifest', file, ...clock],
      { env: { BIDSEAL_SOFTUKEY_DIR: join(world, 'ukeys') } });
    const connection = await page(daemon);
    const { result } = await connection.ask('tokens.list');
    connection.close();
    await daemon.stop();
    return { count: result.tokens.length, log: daemon.log };
  }
  remove() {
    removeFolder(this.dir);
  }
}

test('a listed library works by its profile file', asRoot, async () => {
  const manifest = new Manifest();
  assert.equal((await manifest.tokens([manifest.entry()])).count, 1);
  const inline = { name: 'soft', environment: ['BIDSEAL_SOFTUKEY_DIR'] };
  assert.equal((await manifest.tokens([manifest.entry({ profile: inline, charset: 'gbk', architecture: 'x86_64' })])).count, 1);
  manifest.remove();
});

test('a library that is not the listed one is not loaded, the others are', asRoot, async () => {
  const manifest = new Manifest();
  const other = join(manifest.dir, 'libother.so');
  writeFileSync(other, Buffer.concat([readFileSync(library), Buffer.from('x')]));
  const { count, log } = await manifest.tokens([manifest.entry({ path: other }), manifest.entry()]);
  assert.equal(count, 1);
  assert.match(log, /event=driver library=\S*libother.so error=token_driver/);
  manifest.remove();
});

test('a library, or a folder above it, that others may write is not loaded', asRoot, async () => {
  const manifest = new Manifest();
  chmodSync(manifest.library, 0o757);
  let { count, log } = await manifest.tokens([manifest.entry()]);
  assert.equal(count, 0);
  assert.match(log, /event=driver .*error=token_driver/);
  chmodSync(manifest.library, 0o755);
  const inner = join(manifest.dir, 'inner');
  mkdirSync(inner);
  chmodSync(inner, 0o777);
  const moved = join(inner, 'libvendor.so');
  copyFileSync(library, moved);
  ({ count, log } = await manifest.tokens([manifest.entry({ path: moved })]));
  assert.equal(count, 0);
  assert.match(log, /event=driver .*error=token_driver/);
  manifest.remove();
});

test('a manifest or profile that others may write ends the start', asRoot, async () => {
  const manifest = new Manifest();
  chmodSync(join(manifest.dir, 'profiles/soft.json'), 0o666);
  await assert.rejects(manifest.tokens([manifest.entry()]), /io_read|written by others/);
  chmodSync(join(manifest.dir, 'profiles/soft.json'), 0o644);
  await assert.rejects(manifest.tokens([manifest.entry({ profile: 'absent' })]), /could not be read|io_read/);
  await assert.rejects(manifest.tokens([manifest.entry({ sha256: 'abc' })]), /json_invalid|sha256/);
  chmodSync(manifest.dir, 0o777);
  await assert.rejects(manifest.tokens([manifest.entry()]), /written by others/);
  manifest.remove();
});

test('a library for an architecture without a worker is told', asRoot, async () => {
  const manifest = new Manifest();
  const { count, log } = await manifest.tokens([manifest.entry({ architecture: 'i386' })]);
  assert.equal(count, 0);
  assert.match(log, /event=driver .*error=token_driver/);
  manifest.remove();
});
