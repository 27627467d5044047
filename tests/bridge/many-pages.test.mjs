// Many pages at once on one UKey, while pages leave, requests are given up and the UKey is pulled out.
// The stage 49-tsan-bridge runs this under the thread sanitizer.
import { test, before, after } from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { Daemon, caseStep, makeWorld, pin, removeWorld } from './daemon.mjs';
import { Connection } from './ws-client.mjs';

let world;
let sign;
before(() => {
  world = makeWorld();
  sign = caseStep(world, 'make');
});
after(() => removeWorld(world));

const pages = 5;
const rounds = 12;
const message = Buffer.from('a document');
const items = [{ name: 'a.pdf', digest: createHash('sha256').update(message).digest('base64') }];
const pause = (milliseconds) => new Promise((r) => setTimeout(r, milliseconds));

/** What may come instead of a result while others come and go. */
const excused = new Set(['busy', 'cancelled', 'consent_refused', 'token_removed', 'token_absent', 'key_not_found', 'grant_ended', 'pin_cancelled']);

test('every request is answered, with a result or for one of the reasons that there are', async () => {
  const daemon = await Daemon.start(world, ['--test-clock', '2026-05-15T00:00:00Z', '--windows-per-minute', '1000']);
  const counts = {};
  const note = (name, { error }) => {
    assert.ok(error === undefined || excused.has(error.code), `${name}: ${error?.code}`);
    counts[name] ??= { good: 0, excused: 0 };
    counts[name][error ? 'excused' : 'good'] += 1;
    return error === undefined;
  };
  daemon.script('* confirm ok 0.75', `* pin ${pin} 0`);

  // The wait names what was not answered.
  const ask = (connection, method, params) =>
    connection.ask(method, params, 90000).catch((error) => Promise.reject(new Error(`${method}: ${error.message}`)));
  let pageKey;
  const open = async () => {
    const connection = await Connection.open(daemon.port);
    await connection.hello();
    if (pageKey === undefined) pageKey = await connection.pair();
    else assert.equal((await connection.prove(pageKey)).error, undefined);
    return connection;
  };
  (await open()).close();
  const visit = async (number) => {
    let connection = await open();
    for (let round = 0; round < rounds; ++round) {
      const listed = await ask(connection, 'certificates.list');
      if (!note('certificates.list', listed) || listed.result.keys.length === 0) {
        await pause(100);
        continue;
      }
      const [{ key }] = listed.result.keys;
      switch ((number + round) % 4) {
        case 0:
          note('sign.bid', await ask(connection, 'sign.bid', { ...sign, key }));
          break;
        case 1: {
          const id = connection.start('sign.bid', { ...sign, key });
          await pause(20 * number);
          await ask(connection, 'cancel', { request: id });
          note('cancelled', await connection.answer(id, 90000));
          break;
        }
        case 2: {
          const opened = await ask(connection, 'grant.open', { key, purpose: 'sign', input: 'message', items });
          if (!note('grant.open', opened)) break;
          const { grant } = opened.result;
          note('sign.messages', await ask(connection, 'sign.messages', { grant, items: [{ item: 0, message: message.toString('base64') }] }));
          note('grant.close', await ask(connection, 'grant.close', { grant }));
          break;
        }
        default:
          connection.start('sign.bid', { ...sign, key });
          connection.close();
          connection = await open();
      }
    }
    connection.close();
  };
  const visits = Promise.all(Array.from({ length: pages }, (_, number) => visit(number)));
  let done = false;
  visits.finally(() => (done = true)).catch(() => {});
  for (let i = 0; i < 3 && !done; ++i) {
    await pause(2500);
    daemon.pullOut();
    await pause(400);
    daemon.plugIn();
  }
  await visits;
  for (const name of ['certificates.list', 'sign.bid', 'cancelled', 'grant.open']) {
    assert.ok(counts[name].good + counts[name].excused > 0, JSON.stringify(counts));
  }
  // Afterwards everything is as it was: nobody holds the token, no window stands.
  const last = await open();
  const [{ key }] = (await ask(last, 'certificates.list')).result.keys;
  assert.equal((await ask(last, 'sign.bid', { ...sign, key })).error, undefined);
  const { result } = await ask(last, 'grant.open', { key, purpose: 'sign', input: 'message', items });
  const signed = await ask(last, 'sign.messages', { grant: result.grant, items: [{ item: 0, message: message.toString('base64') }] });
  assert.equal(signed.result.signatures.length, 1);
  last.close();
  assert.equal((await daemon.stop()).code, 0);
  assert.doesNotMatch(daemon.log, /outcome=internal/);
});
