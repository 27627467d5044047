// What the bid maker page holds: the tender, the documents in their slots, the figures, the key.
import {
  type BidSealError,
  type DocumentCheck,
  type DocumentInput,
  type DocumentSlot,
  type EnvelopeRule,
  type OpeningWay,
  type PackResult,
  type TenderFile,
} from '@bidseal/sdk';
import { computed, ref, shallowReactive, shallowRef, triggerRef, watch } from 'vue';
import type { UsableKey } from '../lib/bridge';
import type { GivenFile } from '../lib/dropped-files';
import { asError, bidseal } from '../lib/sdk';

export interface DocumentItem {
  readonly id: number;
  readonly envelope: string;
  readonly slot: string;
  readonly path: string;
  readonly file: File;
}

/** How far the look at a document's content has come. */
export type CheckState =
  | { state: 'checking'; bytesDone: number }
  | { state: 'done'; check: DocumentCheck }
  | { state: 'failed'; error: BidSealError };

const tender = shallowRef<TenderFile>();
const lot = ref('');
const documents = shallowRef<readonly DocumentItem[]>([]);
const undoable = shallowRef<readonly (readonly DocumentItem[])[]>([]);
const checks = shallowRef(new Map<string, CheckState>());
const summary = shallowReactive<Record<string, string>>({});
const summaryProblems = shallowReactive<Record<string, string | undefined>>({});
const key = shallowRef<UsableKey>();
const ways = ref<OpeningWay[]>([]);
const acceptEarlyEnd = ref(false);
const replaces = ref('');
const crls = shallowRef<{ name: string; bytes: Uint8Array<ArrayBuffer> }[]>([]);
const result = shallowRef<PackResult>();
const saved = ref(false);
const stale = ref(false);
const sealing = ref(false);
let lastId = 0;

/** The sealed file, if there is one, no longer holds what the page shows. */
function outdated(): void {
  if (result.value !== undefined) stale.value = true;
}

function takeTender(file: TenderFile): void {
  const same = tender.value?.digest === file.digest;
  tender.value = file;
  if (same) return;
  const first = file.info.lots[0];
  lot.value = file.info.lots.length === 1 && first !== undefined ? first.id : '';
  documents.value = [];
  undoable.value = [];
  checks.value = new Map();
  for (const field of Object.keys(summary)) delete summary[field];
  for (const field of file.info.summary) summary[field.id] = '';
  ways.value = file.info.ways.filter((way) => way.mandatory).map((way) => way.way);
  if (ways.value.length === 0 && file.info.ways[0] !== undefined) ways.value = [file.info.ways[0].way];
  acceptEarlyEnd.value = false;
  replaces.value = '';
  crls.value = [];
  result.value = undefined;
  stale.value = false;
}

// --- documents

/** A document is looked at anew when anything that the look depends on changes. */
export function checkKey(item: DocumentItem): string {
  return `${item.id}/${item.envelope}/${item.slot}/${item.path}`;
}

function change(next: readonly DocumentItem[]): void {
  undoable.value = [...undoable.value.slice(-49), documents.value];
  documents.value = next;
  outdated();
  void runChecks();
}

function addFiles(envelope: string, slot: string, files: GivenFile[]): void {
  const fresh = files.map(({ file, path }) => ({ id: ++lastId, envelope, slot, path, file }));
  change([...documents.value, ...fresh]);
}

function removeDocument(id: number): void {
  change(documents.value.filter((item) => item.id !== id));
}

function removeAll(envelope: string, slot: string): void {
  change(documents.value.filter((item) => item.envelope !== envelope || item.slot !== slot));
}

function renameDocument(id: number, path: string): void {
  change(documents.value.map((item) => (item.id === id ? { ...item, path } : item)));
}

function undo(): void {
  const before = undoable.value.at(-1);
  if (before === undefined) return;
  undoable.value = undoable.value.slice(0, -1);
  documents.value = before;
  outdated();
  void runChecks();
}

let shownAt = 0;
/** With thousands of documents the page is told of their checks a few times a second. */
function showChecks(now: boolean): void {
  if (!now && performance.now() - shownAt < 150) return;
  shownAt = performance.now();
  triggerRef(checks);
}

/** Looks under way, to be given up when their document is taken away. */
const underWay = new Map<string, AbortController>();
const sideBySide = 2;
let running = false;

/** Looks at every document that has not been looked at, a few at a time. */
async function runChecks(): Promise<void> {
  for (const [name, controller] of underWay) {
    if (!documents.value.some((item) => checkKey(item) === name)) controller.abort();
  }
  if (running) return;
  running = true;
  try {
    for (;;) {
      const file = tender.value;
      const open = documents.value.filter((item) => !checks.value.has(checkKey(item)));
      if (file === undefined || open.length === 0) return;
      const turn = documents.value;
      const next = open[Symbol.iterator]();
      const work = async (): Promise<void> => {
        for (const item of next) {
          if (documents.value !== turn) return; // something changed: begin anew with what there is now
          await checkOne(file, item);
        }
      };
      await Promise.all(Array.from({ length: sideBySide }, work));
    }
  } finally {
    running = false;
    showChecks(true);
  }
}

async function checkOne(file: TenderFile, item: DocumentItem): Promise<void> {
  const name = checkKey(item);
  const map = checks.value;
  const controller = new AbortController();
  underWay.set(name, controller);
  map.set(name, { state: 'checking', bytesDone: 0 });
  showChecks(item.file.size > 1 << 20);
  try {
    const sdk = await bidseal();
    const check = await sdk.checkDocument(file, item.envelope, documentInput(item), {
      signal: controller.signal,
      onProgress: ({ bytesDone }) => {
        map.set(name, { state: 'checking', bytesDone });
        showChecks(false);
      },
    });
    map.set(name, { state: 'done', check });
  } catch (failure) {
    const error = asError(failure);
    // Given up, not refused: should it come back by "undo", it is looked at anew.
    if (error.code === 'cancelled') map.delete(name);
    else map.set(name, { state: 'failed', error });
  } finally {
    underWay.delete(name);
  }
  showChecks(false);
}

export function documentInput(item: DocumentItem): DocumentInput {
  return { slot: item.slot, path: item.path, file: item.file };
}

// --- bid summary

const summaryTurn = new Map<string, number>();

function setSummary(field: string, value: string): void {
  summary[field] = value.trim();
  outdated();
}

watch(summary, () => {
  const file = tender.value;
  if (file === undefined) return;
  for (const field of file.info.summary) void checkField(file, field.id, summary[field.id] ?? '');
});

async function checkField(file: TenderFile, field: string, value: string): Promise<void> {
  const turn = (summaryTurn.get(field) ?? 0) + 1;
  summaryTurn.set(field, turn);
  if (value === '') {
    summaryProblems[field] = undefined;
    return;
  }
  const sdk = await bidseal();
  const problem = await sdk.checkSummaryValue(file, field, value);
  if (summaryTurn.get(field) === turn) summaryProblems[field] = problem;
}

watch([lot, ways, acceptEarlyEnd, replaces], outdated);

/** The summary's values that are given. */
function givenSummary(): Record<string, string> {
  return Object.fromEntries(Object.entries(summary).filter(([, value]) => value !== ''));
}

/** What would be lost if the page were left now. */
const hasUnsavedWork = computed(() => {
  if (sealing.value) return true;
  if (result.value !== undefined) return !saved.value || stale.value;
  return documents.value.length > 0 || Object.values(summary).some((value) => value !== '');
});

export function slotsOf(file: TenderFile): { envelope: EnvelopeRule; slot: DocumentSlot }[] {
  return file.info.envelopes.flatMap((envelope) => envelope.slots.map((slot) => ({ envelope, slot })));
}

export function useMaker() {
  return {
    tender,
    lot,
    documents,
    undoable,
    checks,
    summary,
    summaryProblems,
    key,
    ways,
    acceptEarlyEnd,
    replaces,
    crls,
    result,
    saved,
    stale,
    sealing,
    hasUnsavedWork,
    takeTender,
    addFiles,
    removeDocument,
    removeAll,
    renameDocument,
    undo,
    setSummary,
    givenSummary,
  };
}
