// Holds the module, carries out one task at a time.
import { BidSealError } from '../error.js';
import type { CoreModule } from '../core/core-module.js';
import { unpack } from '../core/guarded.js';
import createCore from '../wasm/bidseal.mjs';
import { listOpeners, readRelease, rehearseBid } from './keys.js';
import type { CallName, CallTypes, FromWorker, Task, ToWorker } from './messages.js';
import { openBid, rewrapBid } from './open.js';
import { Operation } from './operation.js';
import { digestFile, packBid } from './pack.js';
import { fromPlainError, toPlainError } from './plain-error.js';
import { inspectBid, verifyBid } from './read-bid.js';
import { checkDocument, openTenderFile } from './tender.js';

interface WorkerScope {
  postMessage(message: FromWorker, transfer?: Transferable[]): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
}
const scope = globalThis as unknown as WorkerScope;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

let core: CoreModule | undefined;
let current: { id: number; operation: Operation } | undefined;
const waiting = new Map<number, Waiting>();
let lastCall = 0;

function heapBytes(): number {
  return core?.HEAPU8.buffer.byteLength ?? 0;
}

function startOperation(id: number): Operation {
  return new Operation({
    progress: (progress) => scope.postMessage({ kind: 'progress', id, progress }),
    call: <Name extends CallName>(name: Name, input: CallTypes[Name]['input'], transfer: Transferable[] = []) =>
      new Promise<CallTypes[Name]['output']>((resolve, reject) => {
        const call = ++lastCall;
        waiting.set(call, { resolve: (value) => resolve(value as CallTypes[Name]['output']), reject });
        // A union member for each name; the compiler does not pair a generic name with its input.
        const message = { kind: 'call', id, call, request: { name, input } } as unknown as FromWorker;
        scope.postMessage(message, transfer);
      }),
  });
}

function run(module: CoreModule, task: Task, operation: Operation): unknown {
  switch (task.name) {
    case 'tender':
      return openTenderFile(module, task.input.file, task.input.trust);
    case 'certificates':
      return unpack(module.readCertificates(task.input.data));
    case 'document':
      return checkDocument(module, task.input, operation);
    case 'summary':
      unpack(module.checkSummaryValue(task.input.tender, task.input.field, task.input.value));
      return null;
    case 'digest':
      return digestFile(module, task.input.file, operation);
    case 'pack':
      return packBid(module, task.input, operation);
    case 'inspect':
      return inspectBid(module, task.input.file, operation);
    case 'verify':
      return verifyBid(module, task.input, operation);
    case 'rehearse':
      return rehearseBid(module, task.input, operation);
    case 'release':
      return readRelease(module, task.input, operation);
    case 'openers':
      return listOpeners(module, task.input, operation);
    case 'open':
      return openBid(module, task.input, operation);
    case 'rewrap':
      return rewrapBid(module, task.input, operation);
  }
}

async function start(id: number, task: Task): Promise<void> {
  const operation = startOperation(id);
  current = { id, operation };
  try {
    if (core === undefined) throw new BidSealError('internal', { message: 'the module is not ready' });
    const value = await run(core, task, operation);
    scope.postMessage({ kind: 'done', id, value, heapBytes: heapBytes() });
  } catch (error) {
    const fatal = error instanceof WebAssembly.RuntimeError;
    scope.postMessage({ kind: 'failed', id, error: toPlainError(error), heapBytes: heapBytes(), fatal });
  } finally {
    current = undefined;
  }
}

scope.onmessage = ({ data }) => {
  switch (data.kind) {
    case 'start':
      void start(data.id, data.task);
      break;
    case 'cancel':
      if (current?.id === data.id) {
        current.operation.cancel();
        for (const each of waiting.values()) each.reject(new BidSealError('cancelled'));
        waiting.clear();
      }
      break;
    case 'answer':
      waiting.get(data.call)?.resolve(data.value);
      waiting.delete(data.call);
      break;
    case 'refusal':
      waiting.get(data.call)?.reject(fromPlainError(data.error));
      waiting.delete(data.call);
      break;
  }
};

/** Makes the core from the compiled module and tells the page that tasks may come, or why not. */
export async function serve(compiled: Promise<WebAssembly.Module>): Promise<void> {
  try {
    core = await instantiate(await compiled);
    scope.postMessage({ kind: 'ready', heapBytes: heapBytes() });
  } catch (error) {
    scope.postMessage({ kind: 'broken', error: toPlainError(error) });
  }
}

function instantiate(compiled: WebAssembly.Module): Promise<CoreModule> {
  return new Promise((resolve, reject) => {
    createCore({
      instantiateWasm: (imports, done) => {
        WebAssembly.instantiate(compiled, imports).then(done, reject);
        return {};
      },
    }).then(resolve, reject);
  });
}
