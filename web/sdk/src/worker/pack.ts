import { BidSealError } from '../error.js';
import type { CoreModule, PackSession } from '../core/core-module.js';
import { fillBuffer, throughBuffer, unpack } from '../core/guarded.js';
import type { BidDocument, DocumentInput } from '../types/bid.js';
import type { PackInput, PackOutput } from './messages.js';
import type { Operation } from './operation.js';
import { openOutput, type OutputWriter } from './outputs.js';
import { readAll } from './reading.js';

/** Makes a sealed bid in one pass over the documents. */
export async function packBid(core: CoreModule, input: PackInput, operation: Operation): Promise<PackOutput> {
  const session = new core.PackSession();
  let output: OutputWriter | undefined;
  try {
    begin(session, input);
    output = await openOutput(input.output, operation);
    const packer = new Packer(core, session, output, operation);
    await packer.drain();
    const documents = await packer.writeEnvelopes(input);

    operation.report('signing');
    const request = unpack(session.finishContent());
    await packer.drain();
    const signature = await operation.call('signBid', request);
    operation.check();
    const finished = unpack(session.finish(signature));
    await packer.drain();

    operation.report('writing');
    const file = await output.commit();
    output = undefined;
    return { ...finished, size: packer.size, documents, ...(file === undefined ? {} : { file }) };
  } finally {
    session.delete();
    await output?.abort();
  }
}

function begin(session: PackSession, input: PackInput): void {
  unpack(session.setLot(input.lot));
  unpack(session.setSigner(input.signer));
  for (const certificate of input.chain) unpack(session.addChain(certificate));
  for (const certificate of input.openers) unpack(session.addOpener(certificate));
  for (const way of input.ways) unpack(session.addWay(way));
  for (const list of input.crls) unpack(session.addCrl(list));
  if (input.replaces !== undefined) unpack(session.setReplaces(input.replaces));
  for (const [id, value] of Object.entries(input.summary)) unpack(session.addSummary(id, value));
  if (input.acceptEarlyEnd) unpack(session.acceptEarlyEnd());
  unpack(session.begin(input.tender));
}

/** Documents of the given envelopes in the tender's order. Every given envelope must be the tender's. */
function inOrder(input: PackInput): { envelope: string; documents: DocumentInput[] }[] {
  const given = new Map<string, DocumentInput[]>();
  for (const envelope of input.envelopes) {
    if (!input.order.includes(envelope.id)) {
      throw new BidSealError('envelope_unknown', { subject: envelope.id });
    }
    given.set(envelope.id, [...(given.get(envelope.id) ?? []), ...envelope.documents]);
  }
  return input.order
    .filter((id) => given.has(id))
    .map((envelope) => ({ envelope, documents: given.get(envelope) ?? [] }));
}

class Packer {
  size = 0;
  private readonly core: CoreModule;
  private readonly session: PackSession;
  private readonly output: OutputWriter;
  private readonly operation: Operation;

  constructor(core: CoreModule, session: PackSession, output: OutputWriter, operation: Operation) {
    this.core = core;
    this.session = session;
    this.output = output;
    this.operation = operation;
  }

  async writeEnvelopes(input: PackInput): Promise<BidDocument[]> {
    const envelopes = inOrder(input);
    const all = envelopes.flatMap((each) => each.documents);
    this.operation.expect(
      all.reduce((sum, document) => sum + document.file.size, 0),
      all.length,
    );
    const times = all.map((document) => modified(document));
    const pieces = readAll(all.map((document) => document.file));
    const packed: BidDocument[] = [];
    try {
      for (const { envelope, documents } of envelopes) {
        unpack(this.session.beginEnvelope(envelope));
        for (const document of documents) {
          packed.push(await this.writeDocument(envelope, document, pieces));
          this.operation.documentFinished();
        }
        for (let complete = false; !complete; ) {
          this.operation.check();
          complete = unpack(this.session.endEnvelopeStep());
          await this.drain();
        }
      }
    } finally {
      await pieces.return(undefined);
    }
    for (const [i, document] of all.entries()) {
      if (modified(document) !== times[i]) throw new BidSealError('file_changed');
    }
    return packed;
  }

  /** Writes what the core has made so far. */
  async drain(): Promise<void> {
    const length = this.session.outboxLength();
    if (length === 0) return;
    const address = this.session.outboxAddress();
    await this.output.write(this.core.HEAPU8.subarray(address, address + length));
    this.size += length;
    this.session.outboxClear();
  }

  private async writeDocument(
    envelope: string,
    document: DocumentInput,
    pieces: ReturnType<typeof readAll>,
  ): Promise<BidDocument> {
    unpack(this.session.beginDocument(document.path, document.slot, document.file.size));
    const size = this.core.bufferSize();
    for (;;) {
      const piece = await pieces.next();
      if (piece.done) throw new BidSealError('internal', { message: 'documents and pieces differ' });
      const { bytes, last } = piece.value;
      for (let at = 0; at < bytes.length; at += size) {
        const part = bytes.subarray(at, at + size);
        fillBuffer(this.core, part);
        unpack(this.session.write(part.length));
        await this.drain();
        this.operation.advance(part.length, 'encrypting', envelope, document.path);
      }
      if (last) return unpack(this.session.endDocument());
    }
  }
}

function modified(document: DocumentInput): number {
  return document.file instanceof File ? document.file.lastModified : 0;
}

/** SM3 of a whole file. */
export async function digestFile(core: CoreModule, file: Blob, operation: Operation): Promise<string> {
  const session = new core.DigestSession();
  try {
    operation.expect(file.size);
    for await (const piece of readAll([file])) {
      throughBuffer(core, piece.bytes, (length) => unpack(session.write(length)));
      operation.advance(piece.bytes.length, 'hashing');
    }
    return unpack(session.finish());
  } finally {
    session.delete();
  }
}
