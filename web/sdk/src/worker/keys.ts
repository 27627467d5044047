import { BidSealError } from '../error.js';
import type { CoreModule, CoreTask } from '../core/core-module.js';
import { fillBuffer, unpack } from '../core/guarded.js';
import type { BidOpener, Encoded, GivenShare, RehearseResult, ReleaseInfo, SlotPlace } from '../types/bid.js';
import type { WrapSlot } from '../types/keys.js';
import type { Operation } from './operation.js';
import { BidFile } from './read-bid.js';

/** What a key's holder takes at once (bridge protocol, `UnwrapParams.slots`). */
const maxSlots = 64;

/**
 * The slots of an envelope that the certificate's key is asked to unwrap, of all versions of the openers: those that
 * open alone where there are any, else its part of every way. A wrap that turns out to be junk then leaves others.
 * Empty when no slot is the certificate's.
 */
function slotsOf(bid: BidFile, certificate: Encoded, envelope: string): CoreTask[] {
  const found = bid.session.tasks(certificate, envelope);
  if (found.error?.code === 'opener_not_found') return [];
  const tasks = unpack(found);
  const alone = tasks.filter((task) => task.opensAlone);
  const own = alone.length > 0 ? alone : tasks;
  // Several slots of one part hold the same share: one is enough.
  return own.filter((task, i) => own.findIndex((other) => samePart(task, other)) === i);
}

function samePart(a: CoreTask, b: CoreTask): boolean {
  return a.version === b.version && a.way === b.way && a.part === b.part;
}

function addShare(bid: BidFile, share: GivenShare): void {
  fillBuffer(bid.core, share.share);
  unpack(
    bid.session.addShare(share.envelope, share.version, share.way, share.part, share.slot, share.share.length),
  );
}

export interface ShareSources {
  certificate?: Encoded;
  shares: GivenShare[];
  releases: Encoded[];
  rewraps: Encoded[];
}

const samePlace = (a: SlotPlace, b: SlotPlace): boolean =>
  a.envelope === b.envelope && a.version === b.version && a.way === b.way && a.part === b.part && a.slot === b.slot;

/** Slots whose shares were released to the key, each once. */
function releasedSlots(bid: BidFile, certificate: Encoded, releases: Encoded[], envelopes: string[]): WrapSlot[] {
  const own = unpack(bid.core.readCertificates(certificate))[0];
  const slots: WrapSlot[] = [];
  for (const file of releases) {
    const release = unpack(bid.session.readRelease(file));
    if (release.recipient !== own?.sm3) throw new BidSealError('release_other_key');
    for (const { envelope, version, way, part, slot } of release.shares) {
      const place = { envelope, version, way, part, slot };
      if (envelopes.includes(envelope) && !slots.some((known) => samePlace(known, place))) slots.push(place);
    }
  }
  return slots;
}

/** Whether some way of the envelope has all its parts among these places. */
function opens(openers: BidOpener[], places: SlotPlace[], envelope: string): boolean {
  const ways = new Map<string, Map<number, { threshold: number; have: number }>>();
  for (const opener of openers.filter((each) => each.envelope === envelope)) {
    const way = `${opener.version}/${opener.way}`;
    const parts = ways.get(way) ?? new Map<number, { threshold: number; have: number }>();
    const part = parts.get(opener.part) ?? { threshold: opener.threshold, have: 0 };
    if (places.some((place) => samePlace(place, opener))) part.have += 1;
    ways.set(way, parts.set(opener.part, part));
  }
  return [...ways.values()].some((parts) => [...parts.values()].every((part) => part.have >= part.threshold));
}

/** Brings the shares for these envelopes into the session: given ones, and those that the key gives. */
export async function collectShares(
  bid: BidFile,
  envelopes: string[],
  sources: ShareSources,
  operation: Operation,
): Promise<void> {
  const { certificate } = sources;
  const given = sources.shares.filter((share) => envelopes.includes(share.envelope));
  for (const share of given) addShare(bid, share);
  if (certificate === undefined) return;
  const slots = releasedSlots(bid, certificate, sources.releases, envelopes);
  const openers = unpack(bid.session.openers());
  for (const envelope of envelopes) {
    const most = Math.floor(maxSlots / envelopes.length);
    for (const task of slotsOf(bid, certificate, envelope).slice(0, most)) {
      const own = slotOf(task);
      if (!slots.some((known) => samePlace(known, own))) slots.push(own);
    }
    const places = [...slots, ...given].filter((place) => place.envelope === envelope);
    if (places.length === 0) throw new BidSealError('opener_not_found', { subject: envelope });
    // Nobody should enter a PIN for an envelope that will stay closed.
    if (!opens(openers, places, envelope)) throw new BidSealError('shares_insufficient', { subject: envelope });
  }
  if (slots.length === 0) return;
  // All at once: one consent and one PIN.
  const parts = unpack(bid.session.parts());
  const rewraps = slots.some((slot) => slot.version > 0) ? sources.rewraps : [];
  const { releases } = sources;
  const released = await operation.call('unwrap', { ...parts, rewraps, releases, slots });
  operation.check();
  for (const { slot, share } of released) {
    addShare(bid, { ...slot, share });
    share.fill(0);
  }
}

/** Checks a release and tells what it holds. */
export async function readRelease(
  core: CoreModule,
  input: { file: Blob; tender: Encoded; release: Encoded; rewraps: Encoded[] },
  operation: Operation,
): Promise<ReleaseInfo> {
  return BidFile.with(core, input.file, operation, async (bid) => {
    unpack(bid.session.setTender(input.tender));
    for (const rewrap of input.rewraps) unpack(bid.session.addRewrap(rewrap));
    return unpack(bid.session.readRelease(input.release));
  });
}

export async function listOpeners(
  core: CoreModule,
  input: { file: Blob; tender: Encoded; rewraps: Encoded[] },
  operation: Operation,
): Promise<BidOpener[]> {
  return BidFile.with(core, input.file, operation, async (bid) => {
    unpack(bid.session.setTender(input.tender));
    for (const rewrap of input.rewraps) unpack(bid.session.addRewrap(rewrap));
    return unpack(bid.session.openers());
  });
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
