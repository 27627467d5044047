// A worker that holds a module and carries out one task at a time.
import { BidSealError } from '../error.js';
import type { CallName, CallTypes, FromWorker, ToWorker } from './messages.js';
import { Operation } from './operation.js';
import { fromPlainError, toPlainError } from './plain-error.js';

interface WorkerScope<Task> {
  postMessage(message: FromWorker, transfer?: Transferable[]): void;
  onmessage: ((event: MessageEvent<ToWorker<Task>>) => void) | null;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

interface Module {
  readonly HEAPU8: Uint8Array;
}

/** What a worker does with a task. */
export type RunTask<Core extends Module, Task> = (core: Core, task: Task, operation: Operation) => unknown;

/** Takes tasks as soon as the module is there; tells the page that they may come, or why not. */
export async function serveTasks<Core extends Module, Task>(
  module: Promise<Core>,
  run: RunTask<Core, Task>,
): Promise<void> {
  const server = new TaskServer<Core, Task>(run);
  try {
    server.begin(await module);
  } catch (error) {
    server.scope.postMessage({ kind: 'broken', error: toPlainError(error) });
  }
}

class TaskServer<Core extends Module, Task> {
  readonly scope = globalThis as unknown as WorkerScope<Task>;
  private readonly run: RunTask<Core, Task>;
  private readonly waiting = new Map<number, Waiting>();
  private core: Core | undefined;
  private current: { id: number; operation: Operation } | undefined;
  private lastCall = 0;

  constructor(run: RunTask<Core, Task>) {
    this.run = run;
    this.scope.onmessage = ({ data }) => this.receive(data);
  }

  begin(core: Core): void {
    this.core = core;
    this.scope.postMessage({ kind: 'ready', heapBytes: this.heapBytes() });
  }

  private heapBytes(): number {
    return this.core?.HEAPU8.buffer.byteLength ?? 0;
  }

  private startOperation(id: number): Operation {
    return new Operation({
      progress: (progress) => this.scope.postMessage({ kind: 'progress', id, progress }),
      call: <Name extends CallName>(name: Name, input: CallTypes[Name]['input'], transfer: Transferable[] = []) =>
        new Promise<CallTypes[Name]['output']>((resolve, reject) => {
          const call = ++this.lastCall;
          this.waiting.set(call, { resolve: (value) => resolve(value as CallTypes[Name]['output']), reject });
          // A union member for each name; the compiler does not pair a generic name with its input.
          const message = { kind: 'call', id, call, request: { name, input } } as unknown as FromWorker;
          this.scope.postMessage(message, transfer);
        }),
    });
  }

  private async start(id: number, task: Task): Promise<void> {
    const operation = this.startOperation(id);
    this.current = { id, operation };
    try {
      if (this.core === undefined) throw new BidSealError('internal', { message: 'the module is not ready' });
      const value = await this.run(this.core, task, operation);
      this.scope.postMessage({ kind: 'done', id, value, heapBytes: this.heapBytes() });
    } catch (error) {
      const fatal = error instanceof WebAssembly.RuntimeError;
      this.scope.postMessage({ kind: 'failed', id, error: toPlainError(error), heapBytes: this.heapBytes(), fatal });
    } finally {
      this.current = undefined;
    }
  }

  private receive(data: ToWorker<Task>): void {
    switch (data.kind) {
      case 'start':
        void this.start(data.id, data.task);
        break;
      case 'cancel':
        if (this.current?.id === data.id) {
          this.current.operation.cancel();
          for (const each of this.waiting.values()) each.reject(new BidSealError('cancelled'));
          this.waiting.clear();
        }
        break;
      case 'answer':
        this.waiting.get(data.call)?.resolve(data.value);
        this.waiting.delete(data.call);
        break;
      case 'refusal':
        this.waiting.get(data.call)?.reject(fromPlainError(data.error));
        this.waiting.delete(data.call);
        break;
    }
  }
}

/** An instance of a compiled module by Emscripten's factory. */
export function instantiate<Core, Options extends object>(
  compiled: WebAssembly.Module,
  create: (
    options: Options & {
      instantiateWasm: (imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) => object;
    },
  ) => Promise<Core>,
  options: Options,
): Promise<Core> {
  return new Promise((resolve, reject) => {
    create({
      ...options,
      instantiateWasm: (imports, done) => {
        WebAssembly.instantiate(compiled, imports).then(done, reject);
        return {};
      },
    }).then(resolve, reject);
  });
}
