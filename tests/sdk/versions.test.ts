// An older SDK against a newer bridge and the reverse: the real daemon, and the built SDK with another version in
// it. A bridge of version 1 is to an SDK of version 2 what every older bridge will be to every newer SDK.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { BridgeAddress, BridgeSocket, BridgeStatus, BridgeTransport } from '../../web/sdk/dist/index.js';
import { Daemon, makeWorld, origin, removeWorld } from '../bridge/daemon.mjs';

type Sdk = typeof import('../../web/sdk/dist/index.js') &
  typeof import('../../web/sdk/dist/bridge/transport.js') &
  typeof import('../../web/sdk/dist/generated/messages.js');
type Change = (frame: Record<string, unknown>) => Record<string, unknown>[];

const built = join(import.meta.dirname, '../../web/sdk/dist');
let world: string;
let folder: string;
let daemon: Daemon;

before(async () => {
  world = makeWorld();
  folder = mkdtempSync(join(tmpdir(), 'bidseal-versions-'));
  daemon = await Daemon.start(world);
});
after(async () => {
  await daemon.stop();
  removeWorld(world);
  rmSync(folder, { recursive: true, force: true });
});

/** The built SDK with words of its files exchanged. */
async function sdkWith(name: string, changes: [file: string, from: RegExp, to: string][]): Promise<Sdk> {
  const copy = join(folder, name);
  cpSync(built, copy, { recursive: true });
  writeFileSync(join(copy, 'package.json'), '{"type":"module"}');
  for (const [file, from, to] of changes) {
    const path = join(copy, file);
    const text = readFileSync(path, 'utf8');
    assert.match(text, from, `${file} has changed`);
    writeFileSync(path, text.replace(from, to));
  }
  const parts = ['index.js', 'bridge/transport.js', generated].map((file) => import(pathToFileURL(join(copy, file)).href));
  return Object.assign({}, ...(await Promise.all(parts))) as Sdk;
}

const generated = 'generated/messages.js';
const version = (number: number): [string, RegExp, string] => [generated, /bridgeVersion = 1\b/, `bridgeVersion = ${number}`];
const protocol = (number: number): [string, RegExp, string] => [generated, /'bidseal\.v1'|"bidseal\.v1"/, `'bidseal.v${number}'`];

/** Node in the place of a browser: the real network. `change` stands between the bridge and the page. */
function transport(sdk: Sdk, change: Change = (frame) => [frame]): BridgeTransport {
  const Undici = WebSocket as unknown as new (url: string, options: object) => WebSocket;
  const health = async ({ host }: BridgeAddress): Promise<void> => {
    const response = await fetch(`http://${host}/health`, { headers: { Origin: origin } });
    const { bridge } = (await response.json()) as { bridge: string };
    const older = sdk.olderSide(bridge);
    if (older !== undefined) throw new sdk.BidSealError('bridge_outdated', { subject: older });
  };
  return {
    origin,
    permission: async () => 'granted',
    probe: (address) => (address.secure ? Promise.reject(new sdk.BidSealError('bridge_not_running')) : health(address)),
    listens: ({ host }) => fetch(`http://${host}/health`).then(() => true, () => false),
    open({ host }) {
      const socket = new Undici(`ws://${host}/`, { protocols: [sdk.bridgeProtocol], headers: { Origin: origin } });
      const seen = {
        get readyState() {
          return socket.readyState;
        },
        onopen: null, onerror: null, onclose: null, onmessage: null,
        send: (text: string) => socket.send(text),
        close: () => socket.close(),
      } as BridgeSocket & { -readonly [Name in keyof BridgeSocket]: BridgeSocket[Name] };
      socket.onopen = (event) => seen.onopen?.(event);
      // Node's socket tells of the same failure again, and at once, when it is closed because of it.
      socket.onerror = (event) => {
        const tell = seen.onerror;
        seen.onerror = null;
        tell?.(event);
      };
      socket.onclose = (event) => seen.onclose?.(event);
      socket.onmessage = ({ data }: MessageEvent<string>) => {
        for (const frame of change(JSON.parse(data) as Record<string, unknown>)) {
          seen.onmessage?.({ data: JSON.stringify(frame) } as MessageEvent<unknown>);
        }
      };
      return seen;
    },
  };
}

async function connect(sdk: Sdk, change?: Change): Promise<BridgeStatus> {
  const client = new sdk.BridgeClient({
    transport: transport(sdk, change), identity: new sdk.PassingIdentity(), ports: [daemon.port], acceptPreloaded: true,
  });
  const status = await client.connect();
  client.dispose();
  return status;
}

it('the same version: ready', async () => {
  assert.equal((await connect(await sdkWith('same', []))).state, 'ready');
});

it('a newer SDK: the bridge is to be updated', async () => {
  assert.deepEqual(await connect(await sdkWith('v2', [version(2), protocol(2)])), { state: 'outdated', older: 'bridge' });
});

it('an older SDK: the page is to be updated', async () => {
  assert.deepEqual(await connect(await sdkWith('v0', [version(0), protocol(0)])), { state: 'outdated', older: 'page' });
});

it('the hello tells too, where the subprotocol is the same', async () => {
  assert.deepEqual(await connect(await sdkWith('hello2', [version(2)])), { state: 'outdated', older: 'bridge' });
  assert.deepEqual(await connect(await sdkWith('hello0', [version(0)])), { state: 'outdated', older: 'page' });
});

it('without the health page the socket is refused, and the log says why', async () => {
  const sdk = await sdkWith('socket2', [version(2), protocol(2)]);
  const way = transport(sdk);
  const client = new sdk.BridgeClient({ transport: { ...way, probe: async () => undefined }, identity: new sdk.PassingIdentity(), ports: [daemon.port] });
  assert.equal((await client.connect()).state, 'refused');
  client.dispose();
  assert.match(daemon.log, /event=refused reason=protocol/);
});

it('a later bridge of this version: members and events that the page does not know are ignored', async () => {
  const sdk = await sdkWith('later-bridge', []);
  const told: string[] = [];
  const change: Change = (frame) => {
    told.push('id' in frame ? 'answer' : 'event');
    const { result } = frame as { result?: object };
    return [
      { event: 'weather.changed', data: { rain: true } },
      result === undefined ? frame : { ...frame, result: { ...result, later: { a: [1] } }, later: 1 },
    ];
  };
  assert.equal((await connect(sdk, change)).state, 'ready');
  assert.ok(told.length >= 4, told.join());
});

it('an earlier bridge of this version, without a method that the page needs: it is to be updated', async () => {
  const sdk = await sdkWith('later-page', [
    ['bridge/client.js', /'tokens\.list'/, "'tokens.survey'"],
    [generated, /(['"]?)tokens\.list\1/, "'tokens.survey'"],
  ]);
  assert.deepEqual(await connect(sdk), { state: 'outdated', older: 'bridge' });
});
