import { BidSealError } from './error.js';
import type { OperationOptions } from './types/operation.js';
import type { CallName, CallTypes, FromWorker, TaskTypes, ToWorker } from './worker/messages.js';
import { asBidSealError, fromPlainError, toPlainError } from './worker/plain-error.js';

/** What the page does when a task's worker asks. */
export type CallHandlers = {
  [Name in CallName]?: (input: CallTypes[Name]['input']) => Promise<CallTypes[Name]['output']>;
};

interface AnyTask {
  name: string;
  input: unknown;
}

interface Job {
  id: number;
  task: AnyTask;
  options: OperationOptions;
  handlers: CallHandlers;
  resolve(value: unknown): void;
  reject(error: BidSealError): void;
}

interface PoolWorker {
  worker: Worker;
  ready: boolean;
  job: Job | undefined;
}

/** Workers that each hold the module; a task goes to the next free one. */
export class WorkerPool<Types extends { [Name in keyof Types]: { input: unknown; output: unknown } } = TaskTypes> {
  private readonly makeWorker: () => Worker;
  private readonly size: number;
  private readonly endOnCancel: boolean;
  private readonly workers = new Set<PoolWorker>();
  private readonly queue: Job[] = [];
  private lastId = 0;
  private largestHeap = 0;
  private disposed = false;

  /** `endOnCancel`: a cancelled task ends with its worker instead of being told. */
  constructor(makeWorker: () => Worker, size: number, options: { endOnCancel?: boolean } = {}) {
    this.makeWorker = makeWorker;
    this.endOnCancel = options.endOnCancel ?? false;
    this.size = Math.max(1, size);
  }

  heapBytes(): number {
    return this.largestHeap;
  }

  /** Lets one worker load before there is work for it. */
  prepare(): void {
    if (this.workers.size === 0) this.addWorker();
  }

  run<Name extends keyof Types & string>(
    name: Name,
    input: Types[Name]['input'],
    options: OperationOptions = {},
    handlers: CallHandlers = {},
  ): Promise<Types[Name]['output']> {
    return new Promise((resolve, reject) => {
      if (this.disposed || options.signal?.aborted === true) {
        reject(new BidSealError('cancelled'));
        return;
      }
      const job: Job = {
        id: ++this.lastId,
        task: { name, input },
        options,
        handlers,
        resolve: (value) => resolve(value as Types[Name]['output']),
        reject,
      };
      const onAbort = (): void => this.cancel(job);
      options.signal?.addEventListener('abort', onAbort, { once: true });
      const settled = (): void => options.signal?.removeEventListener('abort', onAbort);
      const { resolve: onDone, reject: onFailed } = job;
      job.resolve = (value) => {
        settled();
        onDone(value);
      };
      job.reject = (error) => {
        settled();
        onFailed(error);
      };
      this.queue.push(job);
      this.schedule();
    });
  }

  dispose(): void {
    this.disposed = true;
    for (const job of this.queue.splice(0)) job.reject(new BidSealError('cancelled'));
    for (const each of this.workers) {
      each.worker.terminate();
      each.job?.reject(new BidSealError('cancelled'));
    }
    this.workers.clear();
  }

  private schedule(): void {
    while (this.queue.length > 0) {
      const free = [...this.workers].find((each) => each.ready && each.job === undefined);
      if (free === undefined) {
        const starting = [...this.workers].filter((each) => !each.ready).length;
        if (starting < this.queue.length && this.workers.size < this.size) this.addWorker();
        return;
      }
      const job = this.queue.shift();
      if (job === undefined) return;
      free.job = job;
      this.post(free, { kind: 'start', id: job.id, task: job.task });
    }
  }

  private addWorker(): void {
    const entry: PoolWorker = { worker: this.makeWorker(), ready: false, job: undefined };
    this.workers.add(entry);
    entry.worker.onmessage = (event: MessageEvent<FromWorker>) => this.receive(entry, event.data);
    entry.worker.onerror = (event) => {
      event.preventDefault();
      this.drop(entry, new BidSealError('internal', { message: event.message || 'the worker did not start' }));
    };
  }

  private receive(entry: PoolWorker, message: FromWorker): void {
    if ('heapBytes' in message) this.largestHeap = Math.max(this.largestHeap, message.heapBytes);
    if (message.kind === 'ready') {
      entry.ready = true;
      this.schedule();
      return;
    }
    if (message.kind === 'broken') {
      this.drop(entry, fromPlainError(message.error));
      return;
    }
    const job = entry.job;
    if (job === undefined || job.id !== message.id) return;
    switch (message.kind) {
      case 'progress':
        job.options.onProgress?.(message.progress);
        break;
      case 'call':
        void this.answer(entry, job, message.call, message.request);
        break;
      case 'done':
        entry.job = undefined;
        job.resolve(message.value);
        this.schedule();
        break;
      case 'failed':
        entry.job = undefined;
        job.reject(fromPlainError(message.error));
        if (message.fatal) {
          entry.worker.terminate();
          this.workers.delete(entry);
        }
        this.schedule();
        break;
    }
  }

  private async answer(
    entry: PoolWorker,
    job: Job,
    call: number,
    request: { name: CallName; input: unknown },
  ): Promise<void> {
    let reply: ToWorker<AnyTask>;
    try {
      const handler = job.handlers[request.name] as ((input: unknown) => Promise<unknown>) | undefined;
      if (handler === undefined) throw new BidSealError('usage', { message: `nobody answers ${request.name}` });
      reply = { kind: 'answer', id: job.id, call, value: await handler(request.input) };
    } catch (error) {
      reply = { kind: 'refusal', id: job.id, call, error: toPlainError(error) };
    }
    if (this.workers.has(entry)) this.post(entry, reply);
  }

  private cancel(job: Job): void {
    const waiting = this.queue.indexOf(job);
    if (waiting >= 0) {
      this.queue.splice(waiting, 1);
      job.reject(new BidSealError('cancelled'));
      return;
    }
    for (const each of this.workers) {
      if (each.job !== job) continue;
      if (this.endOnCancel) this.drop(each, new BidSealError('cancelled'));
      // The worker cleans up first; the promise ends when it has.
      else this.post(each, { kind: 'cancel', id: job.id });
    }
  }

  private drop(entry: PoolWorker, error: BidSealError): void {
    entry.worker.terminate();
    this.workers.delete(entry);
    entry.job?.reject(error);
    // A module that cannot be loaded will not load for the next task either.
    if (!entry.ready) for (const job of this.queue.splice(0)) job.reject(error);
    else this.schedule();
  }

  private post(entry: PoolWorker, message: ToWorker<AnyTask>): void {
    try {
      entry.worker.postMessage(message);
    } catch (error) {
      const job = entry.job;
      entry.job = undefined;
      job?.reject(asBidSealError(error));
    }
  }
}
