import { BidSealError } from '../error.js';
import type { CoreModule } from '../core/core-module.js';
import { unpack } from '../core/guarded.js';
import type { Encoded, OpenedEnvelope } from '../types/bid.js';
import { collectShares } from './keys.js';
import type { OpenInput, OpenOutput, RewrapInput } from './messages.js';
import type { Operation } from './operation.js';
import { PrivateFile } from './private-files.js';
import { BidFile } from './read-bid.js';

/**
 * Opens envelopes. All documents go into one private file, which gets its name only when the last
 * check of the last envelope has passed.
 */
export async function openBid(core: CoreModule, input: OpenInput, operation: Operation): Promise<OpenOutput> {
  return BidFile.with(core, input.file, operation, async (bid) => {
    unpack(bid.session.setTender(input.tender));
    for (const rewrap of input.rewraps) unpack(bid.session.addRewrap(rewrap));
    const { fingerprint, index } = bid.info();
    const chosen = choose(
      index.envelopes.map((envelope) => envelope.id),
      input.envelopes,
    );
    await collectShares(bid, chosen, input, operation);

    const lengths = index.envelopes.filter((envelope) => chosen.includes(envelope.id));
    operation.expect(lengths.reduce((sum, envelope) => sum + envelope.length, 0));
    let output: PrivateFile | undefined = await PrivateFile.create(input.folder, input.name);
    try {
      const envelopes: OpenedEnvelope[] = [];
      const offsets: number[][] = [];
      for (const id of chosen) {
        const opened = await openEnvelope(bid, id, output, operation);
        envelopes.push(opened.envelope);
        offsets.push(opened.offsets);
      }
      operation.report('opening');
      operation.check();
      const content = await output.commit();
      output = undefined;
      return { fingerprint, index, envelopes, content, offsets };
    } finally {
      await output?.abort();
    }
  });
}

function choose(all: string[], wanted: string[] | undefined): string[] {
  for (const id of wanted ?? []) {
    if (!all.includes(id)) throw new BidSealError('envelope_unknown', { subject: id });
  }
  return wanted === undefined ? all : all.filter((id) => wanted.includes(id));
}

async function openEnvelope(
  bid: BidFile,
  id: string,
  output: PrivateFile,
  operation: Operation,
): Promise<{ envelope: OpenedEnvelope; offsets: number[] }> {
  const { core, session } = bid;
  unpack(session.beginEnvelope(id));
  const offsets: number[] = [];
  for (;;) {
    const step = unpack(session.step());
    switch (step.event) {
      case 'need':
        await bid.feed('opening', id);
        break;
      case 'begin':
        offsets[step.document] = output.size;
        break;
      case 'data':
        if (step.address !== undefined && step.length !== undefined) {
          output.write(core.HEAPU8.subarray(step.address, step.address + step.length));
        }
        break;
      case 'manifest':
        break;
      case 'end':
        operation.documentFinished();
        break;
      case 'done': {
        const contents = unpack(session.contents());
        unpack(session.endEnvelope());
        return { envelope: { id, ...contents }, offsets };
      }
    }
  }
}

/** Adds openers to a bid; gives the rewrap file. */
export async function rewrapBid(core: CoreModule, input: RewrapInput, operation: Operation): Promise<Encoded> {
  return BidFile.with(core, input.file, operation, async (bid) => {
    const { session } = bid;
    unpack(session.setTender(input.tender));
    for (const rewrap of input.rewraps) unpack(session.addRewrap(rewrap));
    for (const certificate of input.openers) unpack(session.addOpener(certificate));
    for (const way of input.ways) unpack(session.addWay(way));
    const envelopes = bid.info().index.envelopes.map((envelope) => envelope.id);
    await collectShares(bid, envelopes, { ...input, shares: [], releases: [] }, operation);
    const content = unpack(session.rewrapContent(input.version));
    const parts = unpack(session.parts());
    const signed = await operation.call('signOpeners', { ...parts, rewrap: content });
    return unpack(session.rewrapFile(content, input.signer, signed));
  });
}
