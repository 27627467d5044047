// Whose shares open an envelope: what the chosen key gives, what others released, what is missing.
import type { BidOpener, ReleaseInfo } from '@bidseal/sdk';

export interface PartHolder {
  name: string;
  /** SM3 of the certificate. */
  certificate: string;
  /** Where its share comes from; absent while it is missing. */
  source?: 'key' | 'release';
}

export interface PartState {
  role: BidOpener['role'];
  threshold: number;
  holders: PartHolder[];
  /** Shares that are here, at most the threshold. */
  have: number;
}

export interface WayState {
  version: number;
  way: number;
  /** As the tender file names it: `supplier`, `supplier+platform`, `platform+rescue`. */
  name: string;
  parts: PartState[];
  complete: boolean;
}

/**
 * The ways of an envelope in the order of the bid. `key` is the SM3 of the chosen key's certificate,
 * `releases` are those that were made for it.
 */
export function waysOf(
  openers: readonly BidOpener[],
  envelope: string,
  key: string | undefined,
  releases: readonly ReleaseInfo[],
): WayState[] {
  const found = new Map<string, WayState>();
  for (const opener of openers) {
    if (opener.envelope !== envelope) continue;
    const name = `${opener.version}/${opener.way}`;
    const way = found.get(name) ?? { version: opener.version, way: opener.way, name: '', parts: [], complete: false };
    found.set(name, way);
    const part = (way.parts[opener.part] ??= { role: opener.role, threshold: opener.threshold, holders: [], have: 0 });
    const released = releases.some((release) =>
      release.shares.some(
        (share) =>
          share.envelope === envelope && share.version === opener.version && share.way === opener.way &&
          share.part === opener.part && share.slot === opener.slot,
      ),
    );
    const source = key !== undefined && opener.certificate.sm3 === key ? 'key' : released ? 'release' : undefined;
    part.holders.push({ name: opener.certificate.holder, certificate: opener.certificate.sm3, ...(source && { source }) });
  }
  for (const way of found.values()) {
    way.name = way.parts.map((part) => part.role).join('+');
    for (const part of way.parts) {
      part.have = Math.min(part.threshold, part.holders.filter((holder) => holder.source !== undefined).length);
    }
    way.complete = way.parts.every((part) => part.have >= part.threshold);
  }
  return [...found.values()];
}

/** Whether a way needs more than one holder; the others go without saying. */
export function isShared(way: WayState): boolean {
  return way.parts.length > 1 || way.parts.some((part) => part.threshold > 1);
}
