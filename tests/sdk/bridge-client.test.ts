// The SDK's bridge client against the fake bridge of @bidseal/sdk/testing: every state, pairing, versions,
// batches. In Node, which has the same WebCrypto as browsers.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  BidSealError,
  BridgeClient,
  type BridgeClientOptions,
  BridgeKeyProvider,
  type BridgeState,
  PassingIdentity,
} from '../../web/sdk/dist/index.js';
import { pairingCode, pairingCommitment } from '../../web/sdk/dist/bridge/pairing.js';
import { FakeBridge, type FakeBridgeOptions, fakeToken } from '../../web/sdk/dist/testing/index.js';

function world(options: FakeBridgeOptions = {}, client: BridgeClientOptions = {}) {
  const bridge = new FakeBridge({ tokens: [fakeToken()], ...options });
  const identity = new PassingIdentity();
  const made = new BridgeClient({ transport: bridge, identity, connectTimeout: 500, requestTimeout: 500, ...client });
  return { bridge, identity, client: made, keys: new BridgeKeyProvider(made) };
}

async function pairedWorld(options: FakeBridgeOptions = {}, client: BridgeClientOptions = {}) {
  const all = world(options, client);
  await all.client.connect();
  await all.client.pair(() => undefined);
  return all;
}

const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'none',
    (error: unknown) => (error instanceof BidSealError ? error.code : String(error)),
  );

describe('states', () => {
  it('tells each one by its own name', async () => {
    const { bridge, client } = world();
    const seen: BridgeState[] = [];
    client.onStatus(({ state }) => seen.push(state));
    bridge.running = false;
    assert.deepEqual(await client.connect(), { state: 'not_running' });
    bridge.browserPermission = 'denied';
    assert.equal((await client.connect()).state, 'permission_denied_or_not_running');
    bridge.browserPermission = 'unknown';
    assert.equal((await client.connect()).state, 'permission_denied_or_not_running');
    bridge.browserPermission = 'prompt';
    assert.equal((await client.status()).state, 'permission_prompt');
    bridge.browserPermission = 'granted';
    bridge.running = true;
    assert.deepEqual(await client.connect(), { state: 'not_paired', bridgeVersion: '0.0.0' });
    assert.equal((await client.pair(() => undefined)).state, 'ready');
    bridge.pullOut('token-1');
    assert.equal((await client.connect()).state, 'no_token');
    bridge.plugIn(fakeToken({ pin_state: 'low', retries_left: 3 }));
    assert.deepEqual(await client.connect(), { state: 'pin_low', bridgeVersion: '0.0.0', deviceName: 'Fake UKey', retriesLeft: 3 });
    bridge.pullOut('token-1');
    bridge.plugIn(fakeToken({ pin_state: 'locked', retries_left: 0 }));
    assert.equal((await client.connect()).state, 'pin_blocked');
    bridge.stop();
    assert.equal(seen.at(-1), 'not_running');
    assert.ok(seen.includes('no_token') && seen.includes('pin_low'));
  });

  it('a bridge that cannot tell its tokens is not taken for one that does not run', async () => {
    const { bridge, client } = await pairedWorld();
    bridge.on('tokens.list', () => {
      throw new BidSealError('token_driver_stuck');
    });
    const version = { bridgeVersion: '0.0.0' };
    assert.deepEqual(await client.connect(), { state: 'failed', ...version, problem: 'token_driver_stuck' });
    bridge.on('tokens.list', () => new Promise(() => undefined));
    assert.deepEqual(await client.connect(), { state: 'failed', ...version, problem: 'timed_out' });
    bridge.on('tokens.list', () => {
      bridge.stop();
      throw new BidSealError('internal');
    });
    assert.deepEqual(await client.connect(), { state: 'not_running' });
  });

  it('tells which side is older: by the health page and by the hello', async () => {
    const state = async (options: FakeBridgeOptions) => (await world(options)).client.connect();
    assert.deepEqual(await state({ protocol: 'bidseal.v2' }), { state: 'outdated', older: 'page' });
    assert.deepEqual(await state({ protocol: 'bidseal.v0' }), { state: 'outdated', older: 'bridge' });
    assert.deepEqual(await state({ versions: [2, 3] }), { state: 'outdated', older: 'page' });
    assert.deepEqual(await state({ versions: [0] }), { state: 'outdated', older: 'bridge' });
    assert.deepEqual(await state({ protocol: 'another program' }), { state: 'refused' });
  });

  it('a bridge that does not list the page refuses it: that is not "not running"', async () => {
    const { bridge, client } = world({ listed: false });
    assert.deepEqual(await client.connect(), { state: 'refused' });
    bridge.browserPermission = 'denied';
    assert.deepEqual(await client.connect(), { state: 'permission_denied_or_not_running' });
    bridge.browserPermission = 'prompt';
    bridge.listens = () => assert.fail('this would make the browser ask once more');
    assert.deepEqual(await client.connect(), { state: 'permission_denied_or_not_running' });
  });

  it('takes the second way in where the first is closed, and pairs over it', async () => {
    const { bridge, client } = world({ secureOnly: true });
    assert.deepEqual(await client.connect(), { state: 'not_paired', bridgeVersion: '0.0.0' });
    assert.equal((await client.pair(() => undefined)).state, 'ready');
    bridge.stop();
    assert.equal((await client.connect()).state, 'not_running');
  });

  it('takes the first way in alone where it is open, and tries the second while the first hangs', async () => {
    const { bridge, client } = world();
    const asked: string[] = [];
    const { probe } = bridge;
    bridge.probe = (address) => {
      asked.push(address.host);
      return probe.call(bridge, address);
    };
    await client.connect();
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.deepEqual(asked, ['127.0.0.1:17391', '127.0.0.1:22391', '127.0.0.1:27391']);

    const secure = world({ secureOnly: true });
    const probeSecure = secure.bridge.probe;
    secure.bridge.probe = (address) =>
      address.secure ? probeSecure.call(secure.bridge, address) : new Promise(() => undefined);
    assert.equal((await secure.client.connect()).state, 'not_paired');
  });

  it('a bridge from before there was pairing is outdated', async () => {
    const { bridge, client } = world();
    const { answer } = bridge;
    bridge.answer = async (socket, request) => {
      const tell = socket.tell.bind(socket);
      socket.tell = (message) => {
        const { result } = message as { result?: Record<string, unknown> };
        if (result) for (const name of ['daemon_key', 'proof']) delete result[name];
        tell(message);
      };
      await answer.call(bridge, socket, request);
    };
    assert.deepEqual(await client.connect(), { state: 'outdated', older: 'bridge' });
  });
});

describe('diagnosis', () => {
  const ports = [17391, 22391];

  it('touches nothing before the browser has asked', async () => {
    const { bridge, client } = world({}, { ports });
    bridge.browserPermission = 'prompt';
    bridge.probe = () => assert.fail('it was touched');
    assert.deepEqual(await client.diagnose(), {
      permission: 'prompt', pairedBefore: false, ports: [], status: { state: 'permission_prompt' },
    });
  });

  it('says what is at each port, and whether a bridge was here before', async () => {
    const { bridge, client } = world({}, { ports });
    assert.deepEqual(await client.diagnose(), {
      permission: 'granted',
      pairedBefore: false,
      ports: [{ port: 17391, answer: 'bridge' }, { port: 22391, answer: 'silent' }],
      status: { state: 'not_paired', bridgeVersion: '0.0.0' },
      missingMethods: [],
    });
    await client.pair(() => undefined);
    assert.equal((await client.diagnose()).status.state, 'ready');
    bridge.stop();
    assert.deepEqual(await client.diagnose(), {
      permission: 'granted',
      pairedBefore: true,
      ports: ports.map((port) => ({ port, answer: 'silent' })),
      status: { state: 'not_running' },
    });
  });

  it('tells a port that refuses from one at which another version answers', async () => {
    const answers = async (options: FakeBridgeOptions) => (await world(options, { ports }).client.diagnose()).ports.map(({ answer }) => answer);
    assert.deepEqual(await answers({ listed: false }), ['refused', 'silent']);
    assert.deepEqual(await answers({ protocol: 'bidseal.v2' }), ['outdated', 'silent']);
    assert.deepEqual(await answers({ port: 22391, protocol: 'another program' }), ['silent', 'refused']);
  });

  it('names the methods that an older bridge lacks', async () => {
    const all = (await world({}, { ports }).client.diagnose()).missingMethods;
    assert.deepEqual(all, []);
    const { client } = world({ capabilities: ['hello', 'pair.prove', 'pair.begin', 'pair.confirm', 'tokens.list'] }, { ports });
    const missing = (await client.diagnose()).missingMethods ?? [];
    assert.ok(missing.includes('grant.open') && missing.includes('sign.bid'));
    assert.ok(!missing.includes('tokens.list'));
  });
});

describe('pairing', () => {
  it('computes the specification’s example', async () => {
    const counted = (from: number) => Uint8Array.from({ length: 32 }, (_, i) => from + i);
    const hex = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));
    const greeting = {
      origin: 'https://tender.example', host: '127.0.0.1:17391', version: 1, pageNonce: counted(0), bridgeNonce: counted(32),
      daemonKey: hex('0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb67903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299'),
    };
    const page = hex('046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5');
    assert.equal(await pairingCode(greeting, page, counted(64), counted(96)), '769621');
    assert.equal(
      Buffer.from(await pairingCommitment(page, counted(64))).toString('hex'),
      '042551e3e39f4e8d59e1a276ddb983536bba4e51d865e10bc5bc1694db70b770',
    );
  });

  it('page and window show the same six digits; afterwards nobody is asked', async () => {
    const { bridge, client, identity } = world();
    const codes: string[] = [];
    await client.connect();
    await client.pair((code) => codes.push(code));
    assert.equal(codes.length, 1);
    assert.match(codes[0] ?? '', /^\d{6}$/);
    assert.deepEqual(bridge.windows, [{ kind: 'pairing', text: codes[0] }]);
    const later = new BridgeClient({ transport: bridge, identity });
    assert.equal((await later.connect()).state, 'ready');
    assert.equal(bridge.windows.length, 1);
  });

  it('refused by the person; given up by the page', async () => {
    const { bridge, client } = world();
    await client.connect();
    bridge.answers.push('refuse');
    assert.equal(await codeOf(client.pair(() => undefined)), 'consent_refused');
    bridge.answers.push('never');
    const controller = new AbortController();
    const pairing = codeOf(client.pair(() => controller.abort(), { signal: controller.signal }));
    assert.equal(await pairing, 'cancelled');
    assert.equal((await client.connect()).state, 'not_paired');
  });

  it('another program in the place of the bridge is noticed, and refused until the user says otherwise', async () => {
    const { bridge, client } = await pairedWorld();
    bridge.replace();
    assert.deepEqual(await client.connect(), { state: 'changed' });
    assert.equal(await codeOf(client.request('tokens.list', {})), 'bridge_changed');
    await client.forget();
    assert.equal((await client.connect()).state, 'not_paired');
    assert.equal((await client.pair(() => undefined)).state, 'ready');
  });

  it('a program that passes messages on is noticed: the host is signed', async () => {
    const { bridge, client } = world();
    const { open } = bridge;
    bridge.open = (port) => {
      const socket = open.call(bridge, port);
      Object.assign(socket, { host: '127.0.0.1:22391' });
      return socket;
    };
    assert.deepEqual(await client.connect(), { state: 'changed' });
  });

  it('revoked: the page has to be paired again', async () => {
    const { bridge, client } = await pairedWorld();
    bridge.revokePairings();
    assert.equal((await client.connect()).state, 'not_paired');
    assert.equal((await client.pair(() => undefined)).state, 'ready');
  });

  it('without a code only where policy and page agree', async () => {
    const listed = world({ preloaded: true }, { acceptPreloaded: true });
    assert.equal((await listed.client.connect()).state, 'ready');
    assert.deepEqual(listed.bridge.windows, []);
    assert.equal((await world({ preloaded: true }).client.connect()).state, 'not_paired');
    assert.equal((await world({}, { acceptPreloaded: true }).client.connect()).state, 'not_paired');
  });

  it('a bridge that would show no window to a page that shows a code is refused', async () => {
    const { bridge, client } = world({ preloaded: true });
    await client.connect();
    const { answer } = bridge;
    bridge.answer = async (socket, request) => {
      if (request.method === 'pair.begin') Object.assign(request.params, { code: false });
      await answer.call(bridge, socket, request);
    };
    assert.equal(await codeOf(client.pair(() => undefined)), 'bridge_changed');
  });
});

describe('keys', () => {
  it('a wrong PIN counts, the last one locks', async () => {
    const { bridge, keys } = await pairedWorld({ tokens: [fakeToken({ retries_left: 2 })] });
    bridge.on('login', () => ({ certificate: '', message: '', signature: '' }));
    bridge.answers.push('allow', { pin: '000000' }, 'refuse');
    assert.equal(await codeOf(keys.login('key', new Uint8Array(32))), 'pin_cancelled');
    bridge.answers.push('allow', { pin: '000000' });
    assert.equal(await codeOf(keys.login('key', new Uint8Array(32))), 'pin_locked');
  });

  it('stages are told, errors keep what they say', async () => {
    const { bridge, keys } = await pairedWorld();
    const stages: string[] = [];
    bridge.on('login', () => {
      throw new BidSealError('token_removed');
    });
    assert.equal(await codeOf(keys.login('key', new Uint8Array(32), { onStage: (stage) => stages.push(stage) })), 'token_removed');
    assert.deepEqual(stages, ['consent', 'pin', 'token']);
  });
});

describe('batches', () => {
  const documents = Array.from({ length: 60 }, (_, i) => ({ name: `${i}.pdf`, content: new TextEncoder().encode(`document ${i}`) }));

  /** A bridge that signs by reversing, keeps batches, and counts. */
  function signing(bridge: FakeBridge, failures: { after: number; how: () => void }[]) {
    const made = new Map<string, string>();
    const grants: string[] = [];
    let signed = 0;
    bridge.on('grant.open', ({ batch, items }) => {
      grants.push(batch ?? '');
      const done = items.map((_, item) => item).filter((item) => made.has(`${batch}:${item}`));
      return { grant: `grant-${grants.length}:${batch}`, expires: '2026-06-01T00:00:00Z', done, unsure: [] };
    });
    bridge.on('sign.messages', ({ grant, items }) => {
      const batch = grant.slice(grant.indexOf(':') + 1);
      for (const { item, message } of items) {
        const key = `${batch}:${item}`;
        if (made.has(key)) continue;
        made.set(key, Buffer.from(message, 'base64').reverse().toString('base64'));
        signed += 1;
        const failure = failures[0];
        if (failure !== undefined && signed === failure.after) {
          failures.shift();
          failure.how();
          throw new BidSealError('grant_ended');
        }
      }
      return {
        certificate: 'AAAA',
        signatures: items.map(({ item }) => ({ item, signature: made.get(`${batch}:${item}`) ?? '' })),
      };
    });
    bridge.on('grant.close', () => ({ found: true }));
    return { grants, count: () => signed };
  }

  it('one grant, in several requests, in order', async () => {
    const { bridge, keys } = await pairedWorld();
    const { grants, count } = signing(bridge, []);
    const progress: number[] = [];
    const result = await keys.signDocuments('key', documents, { onProgress: (done) => progress.push(done) });
    assert.deepEqual(result.map(({ name }) => name), documents.map(({ name }) => name));
    assert.equal(Buffer.from(result[7]?.signature ?? []).toString(), '7 tnemucod');
    assert.equal(count(), 60);
    assert.equal(grants.length, 1);
    assert.deepEqual(progress, [25, 50, 60]);
    assert.deepEqual(bridge.asked.slice(-1), ['grant.close']);
  });

  it('taken up after the bridge was killed: the same batch, nothing twice', async () => {
    const { bridge, keys } = await pairedWorld();
    const { grants, count } = signing(bridge, [
      {
        after: 33,
        how: () => {
          bridge.stop();
          setTimeout(() => (bridge.running = true), 50);
        },
      },
    ]);
    const result = await keys.signDocuments('key', documents);
    assert.equal(result.length, 60);
    assert.equal(count(), 60);
    assert.equal(grants.length, 2);
    assert.equal(grants[0], grants[1]);
  });

  it('what the person refuses is not asked again', async () => {
    const { bridge, keys } = await pairedWorld();
    const { grants } = signing(bridge, []);
    bridge.answers.push('refuse');
    assert.equal(await codeOf(keys.signDocuments('key', documents)), 'consent_refused');
    assert.equal(grants.length, 0);
    assert.equal(await codeOf(Promise.resolve().then(() => keys.signDocuments('key', []))), 'usage');
  });
});
