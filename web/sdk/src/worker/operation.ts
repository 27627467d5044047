import { BidSealError } from '../error.js';
import type { Phase, Progress } from '../types/operation.js';
import type { CallName, CallTypes } from './messages.js';

const reportInterval = 100; // milliseconds
const rateWindow = 3000;

export interface OperationLink {
  progress(progress: Progress): void;
  call<Name extends CallName>(
    name: Name,
    input: CallTypes[Name]['input'],
    transfer?: Transferable[],
  ): Promise<CallTypes[Name]['output']>;
}

/** One task under way in a worker: its progress, its questions to the page, its end by the user. */
export class Operation {
  readonly call: OperationLink['call'];
  private readonly link: OperationLink;
  private cancelled = false;
  private done = 0;
  private total = 0;
  private documentsDone = 0;
  private documentsTotal = 0;
  private samples: { time: number; done: number }[] = [];
  private reported = 0;

  constructor(link: OperationLink) {
    this.link = link;
    this.call = link.call.bind(link);
  }

  cancel(): void {
    this.cancelled = true;
  }

  /** Throws `cancelled` once the user has ended the operation. */
  check(): void {
    if (this.cancelled) throw new BidSealError('cancelled');
  }

  expect(bytes: number, documents = 0): void {
    this.total = bytes;
    this.documentsTotal = documents;
    this.done = 0;
    this.documentsDone = 0;
    this.samples = [{ time: performance.now(), done: 0 }];
  }

  /** There is so much more to do than expect() said. */
  extend(bytes: number): void {
    this.total += bytes;
  }

  documentFinished(): void {
    this.documentsDone += 1;
  }

  /** Notes work done; tells the page when it is time to. Throws `cancelled`. */
  advance(bytes: number, phase: Phase, envelope?: string, document?: string): void {
    this.check();
    this.done += bytes;
    const now = performance.now();
    if (now - this.reported >= reportInterval) this.report(phase, envelope, document, now);
  }

  /** Tells the page at once: at changes of phase and at the end. */
  report(phase: Phase, envelope?: string, document?: string, now = performance.now()): void {
    this.reported = now;
    this.samples.push({ time: now, done: this.done });
    while (this.samples.length > 2 && now - (this.samples[0]?.time ?? now) > rateWindow) this.samples.shift();
    const first = this.samples[0];
    const seconds = first === undefined ? 0 : (now - first.time) / 1000;
    const rate = first === undefined || seconds < 0.2 ? 0 : (this.done - first.done) / seconds;
    this.link.progress({
      phase,
      ...(envelope === undefined ? {} : { envelope }),
      ...(document === undefined ? {} : { document }),
      bytesDone: this.done,
      bytesTotal: this.total,
      documentsDone: this.documentsDone,
      documentsTotal: this.documentsTotal,
      bytesPerSecond: rate,
      ...(rate > 0 ? { secondsLeft: Math.max(0, this.total - this.done) / rate } : {}),
    });
  }
}
