import { BidSealError } from '../error.js';
import type { CoreModule, CoreTask } from '../core/core-module.js';
import { fillBuffer, unpack } from '../core/guarded.js';
import type { Encoded, GivenShare, RehearseResult } from '../types/bid.js';
import type { WrapSlot } from '../types/keys.js';
import type { Operation } from './operation.js';
import { BidFile } from './read-bid.js';

/**
 * The slots of an envelope that the certificate's key is asked to unwrap: one that opens alone where
 * there is one, else its part of every way. Empty when no slot is the certificate's.
 */
function slotsOf(bid: BidFile, certificate: Encoded, envelope: string): CoreTask[] {
  const found = bid.session.tasks(certificate, envelope);
  if (found.error?.code === 'opener_not_found') return [];
  const tasks = unpack(found);
  const alone = tasks.find((task) => task.opensAlone);
  if (alone !== undefined) return [alone];
  const version = Math.min(...tasks.map((task) => task.version));
  const own = tasks.filter((task) => task.version === version);
  // Several slots of one part hold the same share: one is enough.
  return own.filter((task, i) => own.findIndex((other) => other.way === task.way && other.part === task.part) === i);
}

function addShare(bid: BidFile, share: GivenShare): void {
  fillBuffer(bid.core, share.share);
  unpack(
    bid.session.addShare(share.envelope, share.version, share.way, share.part, share.slot, share.share.length),
  );
}

/** Brings the shares for these envelopes into the session: given ones, and those that the key releases. */
export async function collectShares(
  bid: BidFile,
  envelopes: string[],
  certificate: Encoded | undefined,
  given: GivenShare[],
  rewraps: Encoded[],
  operation: Operation,
): Promise<void> {
  for (const share of given) {
    if (envelopes.includes(share.envelope)) addShare(bid, share);
  }
  if (certificate === undefined) return;
  const tasks: CoreTask[] = [];
  for (const envelope of envelopes) {
    const own = slotsOf(bid, certificate, envelope);
    if (own.length === 0 && !given.some((share) => share.envelope === envelope)) {
      throw new BidSealError('opener_not_found', { subject: envelope });
    }
    tasks.push(...own);
  }
  if (tasks.length === 0) return;
  // All at once: one consent and one PIN.
  const parts = unpack(bid.session.parts());
  const asked = tasks.some((task) => task.version > 0) ? rewraps : [];
  const released = await operation.call('unwrap', { ...parts, rewraps: asked, slots: tasks.map(slotOf) });
  operation.check();
  for (const { slot, share } of released) {
    addShare(bid, { ...slot, share });
    share.fill(0);
  }
}

function slotOf(task: CoreTask): WrapSlot {
  return {
    envelope: task.envelope,
    version: task.version,
    way: task.way,
    part: task.part,
    slot: task.slot,
  };
}

/** Asks the key's holder to try all its wraps of this bid. */
export async function rehearseBid(
  core: CoreModule,
  input: { file: Blob; tender: Encoded; certificate: Encoded },
  operation: Operation,
): Promise<RehearseResult> {
  return BidFile.with(core, input.file, operation, async (bid) => {
    unpack(bid.session.setTender(input.tender));
    const envelopes = bid.info().index.envelopes.map((envelope) => envelope.id);
    const tasks = envelopes.flatMap((envelope) => slotsOf(bid, input.certificate, envelope));
    if (tasks.length === 0) throw new BidSealError('opener_not_found');
    const parts = unpack(bid.session.parts());
    const tried = await operation.call('rehearse', { ...parts, rewraps: [], slots: tasks.map(slotOf) });
    return {
      envelopes: tried.map(({ slot, opensEnvelope }) => ({
        id: slot.envelope,
        way: slot.way,
        opensEnvelope,
      })),
    };
  });
}
