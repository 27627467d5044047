import type { BidSession, CoreModule } from '../core/core-module.js';
import { fillBuffer, throughBuffer, unpack } from '../core/guarded.js';
import type { BidInfo, Encoded, VerifyResult } from '../types/bid.js';
import type { Phase } from '../types/operation.js';
import type { Operation } from './operation.js';
import { RangeReader, readRange } from './reading.js';

/** A bid file under a session: answers what the session's step machine needs. */
export class BidFile {
  readonly session: BidSession;
  readonly core: CoreModule;
  private readonly file: Blob;
  private readonly reader: RangeReader;
  private readonly operation: Operation;

  private constructor(core: CoreModule, file: Blob, operation: Operation) {
    this.core = core;
    this.file = file;
    this.operation = operation;
    this.session = new core.BidSession();
    this.reader = new RangeReader(file);
  }

  /** Reads and verifies the public part; `use` gets the file, which is closed afterwards. */
  static async with<Result>(
    core: CoreModule,
    file: Blob,
    operation: Operation,
    use: (bid: BidFile) => Promise<Result>,
  ): Promise<Result> {
    const bid = new BidFile(core, file, operation);
    try {
      unpack(bid.session.begin(file.size));
      // The public part stands at the end of the file and at its start: no reading ahead.
      for (;;) {
        const need = unpack(bid.session.need());
        if (need === undefined) break;
        operation.check();
        const bytes = await readRange(file, need.offset, need.length);
        throughBuffer(core, bytes, (length) => unpack(bid.session.commit(length)));
      }
      return await use(bid);
    } finally {
      bid.reader.dispose();
      bid.session.delete();
    }
  }

  info(): BidInfo {
    return { ...unpack(this.session.info()), size: this.file.size };
  }

  /** Feeds the machine at work until it needs nothing more for now; `seen` gets every piece. */
  async feed(phase: Phase, envelope?: string, seen?: (length: number) => void): Promise<void> {
    const most = this.core.bufferSize();
    for (;;) {
      const need = unpack(this.session.need());
      if (need === undefined) return;
      for (let done = 0; done < need.length; ) {
        const bytes = await this.reader.read(need.offset + done, Math.min(most, need.length - done));
        fillBuffer(this.core, bytes);
        seen?.(bytes.length);
        unpack(this.session.commit(bytes.length));
        done += bytes.length;
        this.operation.advance(bytes.length, phase, envelope);
      }
    }
  }
}

export async function inspectBid(core: CoreModule, file: Blob, operation: Operation): Promise<BidInfo> {
  return BidFile.with(core, file, operation, async (bid) => bid.info());
}

/** Every chunk, the signer, the tender and the whole file's SM3, all in one reading. */
export async function verifyBid(
  core: CoreModule,
  input: { file: Blob; tender: Encoded; crls: Encoded[] },
  operation: Operation,
): Promise<VerifyResult> {
  const { file } = input;
  return BidFile.with(core, file, operation, async (bid) => {
    unpack(bid.session.setTender(input.tender));
    for (const list of input.crls) unpack(bid.session.addCrl(list));
    const trust = unpack(bid.session.checkTrust());
    const info = bid.info();
    operation.expect(file.size);
    const digest = new core.DigestSession();
    try {
      unpack(bid.session.beginChunks());
      // The body is fed to checker and digest alike; what stands before and behind it to the digest.
      const hash = async (from: number, to: number): Promise<void> => {
        const bytes = await readRange(file, from, to - from);
        throughBuffer(core, bytes, (length) => unpack(digest.write(length)));
        operation.advance(bytes.length, 'verifying');
      };
      const first = unpack(bid.session.need());
      const bodyStart = first?.offset ?? 0;
      await hash(0, bodyStart);
      let bodyEnd = bodyStart;
      await bid.feed('verifying', undefined, (length) => {
        unpack(digest.write(length));
        bodyEnd += length;
      });
      for (let at = bodyEnd; at < file.size; ) {
        const to = Math.min(file.size, at + (4 << 20));
        await hash(at, to);
        at = to;
      }
      operation.report('verifying');
      return {
        ...info,
        sm3: unpack(digest.finish()),
        chunksVerified: info.index.envelopes.reduce((sum, envelope) => sum + envelope.chunks, 0),
        revocationChecked: trust.revocationChecked,
      };
    } finally {
      digest.delete();
    }
  });
}
