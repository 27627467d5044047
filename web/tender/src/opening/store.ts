// What the opening page holds: the bid, its tender, the checks, the opened envelopes.
import type {
  BidInfo,
  BidOpener,
  BidSealError,
  KeyStage,
  OpenedBid,
  OpenedEnvelope,
  Progress,
  RehearseResult,
  ReleaseInfo,
  TenderFile,
  VerifyResult,
} from '@bidseal/sdk';
import { computed, ref, shallowRef, watch } from 'vue';
import { bridgeKeys, type UsableKey } from '../lib/bridge';
import { asError, bidseal } from '../lib/sdk';
import { openTender } from '../lib/tender';
import { removeZip } from './save-as-zip';
import { waysOf, type WayState } from './ways';

export type CheckName = 'structure' | 'tender' | 'belongs' | 'signer' | 'chunks';
export type CheckResult = 'waiting' | 'running' | 'passed' | 'failed' | 'not_run';

export interface OpenedPart {
  bid: OpenedBid;
  envelope: OpenedEnvelope;
}

/** A file with shares that another holder released; checked as soon as bid and tender are there. */
export interface GivenRelease {
  id: number;
  name: string;
  bytes: Uint8Array<ArrayBuffer>;
  info?: ReleaseInfo;
  error?: BidSealError;
}

const bidFile = shallowRef<File>();
const bid = shallowRef<BidInfo>();
const bidError = shallowRef<BidSealError>();
const tenderFile = shallowRef<File>();
const tender = shallowRef<TenderFile>();
const tenderError = shallowRef<BidSealError>();
const verified = shallowRef<VerifyResult>();
const verifyError = shallowRef<BidSealError>();
const key = shallowRef<UsableKey>();
const openError = shallowRef<BidSealError>();
const rehearsed = shallowRef<RehearseResult>();
const rewraps = shallowRef<{ name: string; bytes: Uint8Array<ArrayBuffer> }[]>([]);
const crls = shallowRef<{ name: string; bytes: Uint8Array<ArrayBuffer> }[]>([]);
const releases = shallowRef<GivenRelease[]>([]);
/** The slots of the rewraps too, when there are any. */
const allOpeners = shallowRef<BidOpener[]>();
let lastRelease = 0;
const opened = shallowRef<ReadonlyMap<string, OpenedPart>>(new Map());
const work = ref<'verifying' | 'opening' | 'rehearsing'>();
const progress = shallowRef<Progress>();
const keyStage = ref<KeyStage>();
let stop: AbortController | undefined;

async function forget(): Promise<void> {
  const bids = new Set([...opened.value.values()].map((part) => part.bid));
  opened.value = new Map();
  await removeZip();
  for (const each of bids) await each.dispose();
}

async function takeBid(file: File): Promise<void> {
  stop?.abort();
  await forget();
  bidFile.value = file;
  bid.value = undefined;
  bidError.value = undefined;
  openError.value = undefined;
  rehearsed.value = undefined;
  rewraps.value = [];
  releases.value = [];
  try {
    const sdk = await bidseal();
    bid.value = await sdk.inspectBid(file);
  } catch (error) {
    bidError.value = asError(error);
  }
  await verify();
}

async function takeTender(file: File | undefined): Promise<void> {
  if (file === undefined) return;
  tenderFile.value = file;
  const result = await openTender(file);
  tender.value = result.tender;
  tenderError.value = result.error;
  openError.value = undefined;
  await verify();
}

/** Runs one piece of work with progress and cancel; gives its error. */
async function run(kind: NonNullable<typeof work.value>, task: (options: object) => Promise<void>): Promise<BidSealError | undefined> {
  work.value = kind;
  progress.value = undefined;
  const own = new AbortController();
  stop = own;
  try {
    await task({
      signal: own.signal,
      onProgress: (now: Progress) => (progress.value = now),
      onKeyStage: (now: KeyStage) => (keyStage.value = now),
    });
    return undefined;
  } catch (error) {
    return asError(error);
  } finally {
    if (stop === own) {
      work.value = undefined;
      keyStage.value = undefined;
    }
  }
}

/** Every check that needs no key; starts by itself when both files are there. */
async function verify(): Promise<void> {
  verified.value = undefined;
  verifyError.value = undefined;
  const file = bidFile.value;
  const verifiedTender = tender.value;
  if (file === undefined || bid.value === undefined || verifiedTender === undefined) return;
  verifyError.value = await run('verifying', async (options) => {
    const sdk = await bidseal();
    verified.value = await sdk.verifyBid(file, verifiedTender, { ...options, crls: crls.value.map((list) => list.bytes) });
  });
}

const checks = computed<Record<CheckName, CheckResult>>(() => {
  const code = verifyError.value?.code;
  const ofBid = code === 'cancelled' ? undefined : code;
  const running = work.value === 'verifying';
  const signerFailed = ofBid !== undefined && (/^certificate_|^revocation_|^crl_/.test(ofBid) || ofBid === 'supplier_mismatch');
  const belongsFailed = ofBid === 'tender_mismatch' || ofBid === 'tender_lot_unknown' || ofBid === 'envelope_unknown';
  const otherFailed = ofBid !== undefined && !signerFailed && !belongsFailed;
  const both = bid.value !== undefined && tender.value !== undefined;
  const later = (failed: boolean, before: boolean): CheckResult => {
    if (failed) return 'failed';
    if (verified.value !== undefined) return 'passed';
    if (running) return 'running';
    if (before) return 'not_run';
    return code === 'cancelled' ? 'not_run' : 'waiting';
  };
  // The checks come in this order, and the first that fails ends them.
  return {
    structure: bid.value !== undefined ? 'passed' : bidError.value !== undefined ? 'failed' : 'waiting',
    tender: tender.value !== undefined ? 'passed' : tenderError.value !== undefined ? 'failed' : 'waiting',
    belongs: both && (otherFailed || signerFailed) ? 'passed' : later(belongsFailed, false),
    signer: both && otherFailed ? 'passed' : later(signerFailed, belongsFailed),
    chunks: later(otherFailed, belongsFailed || signerFailed),
  };
});

/** All slots that are known: those of the bid, and of its rewraps once they were looked into. */
const slots = computed<readonly BidOpener[]>(() => allOpeners.value ?? bid.value?.openers ?? []);

/** Certificates that hold a wrap or got a release; unknown while rewraps have not been looked into. */
const openers = computed<ReadonlySet<string> | undefined>(() => {
  if (bid.value === undefined || (rewraps.value.length > 0 && allOpeners.value === undefined)) return undefined;
  const recipients = releases.value.flatMap((each) => (each.info === undefined ? [] : [each.info.recipient]));
  return new Set([...slots.value.map((opener) => opener.certificate.sm3), ...recipients]);
});

/** The releases that the chosen key can use. */
const usableReleases = computed(() =>
  releases.value.filter((each) => each.info !== undefined && each.info.recipient === key.value?.encryption?.sm3),
);

/** How far each envelope's ways are. */
function waysOfEnvelope(envelope: string): WayState[] {
  const infos = usableReleases.value.flatMap((each) => (each.info === undefined ? [] : [each.info]));
  return waysOf(slots.value, envelope, key.value?.encryption?.sm3, infos);
}

async function checkRelease(release: GivenRelease): Promise<GivenRelease> {
  const { id, name, bytes } = release;
  const file = bidFile.value;
  const verifiedTender = tender.value;
  if (file === undefined || verifiedTender === undefined) return { id, name, bytes };
  try {
    const sdk = await bidseal();
    const info = await sdk.readRelease(file, verifiedTender, bytes, { rewraps: rewraps.value.map((each) => each.bytes) });
    return { id, name, bytes, info };
  } catch (error) {
    return { id, name, bytes, error: asError(error) };
  }
}

/** The same file twice is one. */
async function addReleases(files: File[]): Promise<void> {
  const read = await Promise.all(files.map(async (file) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) })));
  const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i]);
  for (const { name, bytes } of read) {
    if (releases.value.some((known) => same(known.bytes, bytes))) continue;
    const checked = await checkRelease({ id: ++lastRelease, name, bytes });
    releases.value = [...releases.value, checked];
  }
  openError.value = undefined;
}

function removeRelease(id: number): void {
  releases.value = releases.value.filter((each) => each.id !== id);
}

// What was added later decides about releases too: a rewrap's slots, another tender file.
watch([rewraps, tender], async () => {
  allOpeners.value = undefined;
  const file = bidFile.value;
  const verifiedTender = tender.value;
  const added = rewraps.value;
  if (file === undefined || verifiedTender === undefined) return;
  if (added.length > 0) {
    try {
      const sdk = await bidseal();
      const found = await sdk.listOpeners(file, verifiedTender, added.map((each) => each.bytes));
      if (rewraps.value === added) allOpeners.value = found;
    } catch (error) {
      if (rewraps.value === added) openError.value = asError(error);
    }
  }
  if (releases.value.length > 0) releases.value = await Promise.all(releases.value.map(checkRelease));
});

async function openerOf(chosen: UsableKey | undefined) {
  const certificate = chosen?.entry.encryption?.der;
  if (chosen === undefined || certificate === undefined) return undefined;
  return { provider: await bridgeKeys(), keyId: chosen.entry.keyId, certificate };
}

async function open(envelopes: string[]): Promise<void> {
  const file = bidFile.value;
  const verifiedTender = tender.value;
  const opener = await openerOf(key.value);
  if (file === undefined || verifiedTender === undefined || opener === undefined) return;
  openError.value = undefined;
  openError.value = await run('opening', async (options) => {
    const sdk = await bidseal();
    const result = await sdk.openBid(
      {
        file,
        tender: verifiedTender,
        key: opener,
        envelopes,
        rewraps: rewraps.value.map((each) => each.bytes),
        releases: usableReleases.value.map((each) => each.bytes),
      },
      options,
    );
    opened.value = new Map([...opened.value, ...result.envelopes.map((envelope) => [envelope.id, { bid: result, envelope }] as const)]);
  });
}

async function rehearse(): Promise<void> {
  const file = bidFile.value;
  const verifiedTender = tender.value;
  const opener = await openerOf(key.value);
  if (file === undefined || verifiedTender === undefined || opener === undefined) return;
  rehearsed.value = undefined;
  openError.value = undefined;
  openError.value = await run('rehearsing', async (options) => {
    const sdk = await bidseal();
    rehearsed.value = await sdk.rehearseBid(file, verifiedTender, opener, options);
  });
}

export function useOpening() {
  return {
    bidFile, bid, bidError, tenderFile, tender, tenderError, verified, verifyError, key, openError, rehearsed,
    rewraps, crls, opened, work, progress, keyStage, checks, openers, takeBid, takeTender, verify, open, rehearse,
    releases, addReleases, removeRelease, waysOfEnvelope,
    cancel: () => stop?.abort(),
  };
}
