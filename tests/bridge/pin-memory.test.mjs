// The PIN stands nowhere in the memory of the bridge or of the worker once it was used.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { Daemon, caseStep, makeWorld, removeWorld, workersOf } from './daemon.mjs';
import { Connection } from './ws-client.mjs';

// Long enough that its second half stands nowhere by accident. The halves are looked for: the first
// bytes of memory that was given back are written over by the allocator itself.
const rightPin = 'Kw7x-Tz9/qLp4h+E';
const wrongPin = 'Vd5n-Rb2/sGm6c+Y';
const half = (text) => text.slice(8);

let world;
let sign;
before(() => {
  world = makeWorld(rightPin);
  sign = caseStep(world, 'make');
});
after(() => removeWorld(world));

/** How often each text stands in what a process may write to: heap, stacks, data. */
function occurrences(pid, texts) {
  const counts = Object.fromEntries(texts.map((text) => [text, 0]));
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
    const found = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line);
    if (!found) continue;
    const [from, to] = found.slice(1).map((word) => Number.parseInt(word, 16));
    const bytes = Buffer.alloc(to - from);
    try {
      readSync(memory, bytes, 0, bytes.length, from);
    } catch {
      continue; // given back meanwhile
    }
    for (const text of texts) {
      for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) counts[text] += 1;
    }
  }
  closeSync(memory);
  return counts;
}

const asRoot = { skip: process.getuid() === 0 ? false : 'the memory of these programs is closed to their own user' };

async function used() {
  const daemon = await Daemon.start(world, ['--test-clock', '2026-05-15T00:00:00Z']);
  const page = await Connection.open(daemon.port);
  await page.hello();
  await page.pair();
  const { result } = await page.ask('certificates.list');
  return { daemon, page, key: result.keys[0].key };
}

/** Neither process holds a PIN; both hold a text that the same search finds. */
function assertNoPin(daemon) {
  const [worker] = workersOf(daemon);
  for (const [pid, known] of [[daemon.process.pid, 'https://tender.example'], [worker, 'donghai']]) {
    const counts = occurrences(pid, [half(rightPin), half(wrongPin), known]);
    assert.ok(counts[known] > 0, `${known} is not found`);
    assert.deepEqual([counts[half(rightPin)], counts[half(wrongPin)]], [0, 0], pid === worker ? 'the worker' : 'the bridge');
  }
}

test('after a signature, and after a wrong PIN', asRoot, async () => {
  const { daemon, page, key } = await used();
  daemon.script('confirm ok', `pin ${wrongPin} 0`, `pin ${rightPin} 0`);
  assert.equal((await page.ask('sign.bid', { ...sign, key })).error, undefined);
  assertNoPin(daemon);
  page.close();
  await daemon.stop();
});

test('while a batch is open', asRoot, async () => {
  const { daemon, page, key } = await used();
  const message = Buffer.from('a document');
  const items = [{ name: 'a.pdf', digest: createHash('sha256').update(message).digest('base64') }];
  daemon.script('confirm ok', `pin ${rightPin} 0`);
  const opened = await page.ask('grant.open', { key, purpose: 'sign', input: 'message', items });
  assert.equal(opened.error, undefined);
  assertNoPin(daemon);
  const { result } = await page.ask('sign.messages', { grant: opened.result.grant, items: [{ item: 0, message: message.toString('base64') }] });
  assert.equal(result.signatures.length, 1);
  assertNoPin(daemon);
  page.close();
  await daemon.stop();
});
