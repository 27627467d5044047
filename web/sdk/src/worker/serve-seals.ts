// The worker for seals: its module reads the file at work by itself.
import { unpack } from '../core/guarded.js';
import type { SealingSession, SealJudge, SealModule } from '../core/seal-module.js';
import type { Encoded } from '../types/bid.js';
import type { Phase } from '../types/operation.js';
import type { PageSize, SealReport, SealTrust } from '../types/seal.js';
import createSealModule from '../wasm/bidseal_seal.mjs';
import type { Operation } from './operation.js';
import type { SealInput, SealTask } from './seal-messages.js';
import { SyncFile } from './sync-file.js';
import { instantiate, serveTasks } from './task-server.js';

const usualPagesPerSeal = 20;
let atWork: SyncFile | undefined;

function run(module: SealModule, task: SealTask, operation: Operation): unknown {
  switch (task.name) {
    case 'verifySeals':
      return verifySeals(module, task.input.file, task.input.trust, operation);
    case 'verifySeal':
      return withJudge(module, task.input.trust, (judge) => unpack(judge.judgeSeal(task.input.seal)));
    case 'readSeal':
      return unpack(module.readSeal(task.input.seal));
    case 'readCertificates':
      return unpack(module.readCertificates(task.input.data));
    case 'measure':
      return measurePages(module, task.input.file, operation);
    case 'sealDocuments':
      return sealDocuments(module, task.input, operation);
  }
}

/** Lets the module read this file; every signature that is judged reads it once more. */
function workOn(file: Blob, operation: Operation, phase: Phase): void {
  let done = 0;
  let expected = file.size;
  operation.expect(expected);
  atWork = new SyncFile(file, (bytes) => {
    done += bytes;
    if (done > expected) {
      expected += file.size;
      operation.extend(file.size);
    }
    operation.advance(bytes, phase);
  });
}

function withJudge<Result>(module: SealModule, trust: SealTrust, use: (judge: SealJudge) => Result): Result {
  const judge = new module.SealJudge();
  try {
    for (const root of trust.roots) unpack(judge.addRoot(root));
    for (const root of trust.issuerRoots ?? trust.roots) unpack(judge.addIssuerRoot(root));
    for (const each of trust.intermediates ?? []) unpack(judge.addIntermediate(each));
    for (const list of trust.crls ?? []) unpack(judge.addCrl(list));
    if (trust.requireCrl === true) unpack(judge.requireCrl());
    return use(judge);
  } finally {
    judge.delete();
  }
}

function verifySeals(module: SealModule, file: Blob, trust: SealTrust, operation: Operation): SealReport[] {
  workOn(file, operation, 'verifying');
  return withJudge(module, trust, (judge) => unpack(judge.judgePdf(file.size)));
}

function measurePages(module: SealModule, file: Blob, operation: Operation): PageSize[] {
  workOn(file, operation, 'reading');
  const session = new module.SealingSession();
  try {
    unpack(session.begin(file.size));
    const count = unpack(session.pageCount());
    return Array.from({ length: count }, (_, i) => unpack(session.page(i)));
  } finally {
    session.delete();
  }
}

/** One act of sealing up to what is to be signed; the caller ends the session. */
function prepare(session: SealingSession, input: SealInput, key: { certificate: Encoded; chain: Encoded[] }): Encoded {
  unpack(session.begin(input.file.size));
  unpack(session.setSigner(key.certificate));
  if (input.seal !== undefined) unpack(session.setSeal(input.seal));
  if (input.picture !== undefined) {
    const { data, widthMm, heightMm } = input.picture;
    unpack(session.setPicture(data, widthMm, heightMm));
  }
  for (const each of key.chain) unpack(session.addChain(each));
  for (const list of input.crls) unpack(session.addCrl(list));
  unpack(session.setWords(input.reason, input.location));
  unpack(session.setNames(input.filter, input.subFilter));
  for (const place of input.places) {
    if (place.kind === 'page') {
      unpack(session.addPlace(place.page, place.leftMm, place.topMm));
    } else {
      const { first, count, middleMm, pagesPerSeal } = place;
      unpack(session.addCrossPage(first, count, middleMm, pagesPerSeal ?? usualPagesPerSeal));
    }
  }
  return unpack(session.toBeSigned());
}

/** Digests all documents, then asks for all signatures at once: one consent, one PIN. */
async function sealDocuments(
  module: SealModule,
  input: { certificate: Encoded; chain: Encoded[]; documents: SealInput[] },
  operation: Operation,
): Promise<Encoded[]> {
  const { documents } = input;
  operation.expect(documents.reduce((sum, { file }) => sum + file.size, 0), documents.length);
  const sessions: SealingSession[] = [];
  try {
    const messages: Encoded[] = [];
    for (const document of documents) {
      atWork = new SyncFile(document.file, (bytes) => operation.advance(bytes, 'hashing', undefined, document.name));
      const session = new module.SealingSession();
      sessions.push(session);
      messages.push(prepare(session, document, input));
      operation.documentFinished();
    }
    operation.report('signing');
    const signatures = await operation.call('signSeals', { messages });
    return sessions.map((session, i) => unpack(session.finish(signatures[i] ?? new Uint8Array())));
  } finally {
    for (const session of sessions) session.delete();
  }
}

/** Makes the module and takes tasks. */
export function serveSeals(compiled: Promise<WebAssembly.Module>): Promise<void> {
  const readRange = (offset: number, target: Uint8Array): 0 | 1 | 2 => atWork?.readRange(offset, target) ?? 2;
  return serveTasks(
    compiled.then((module) => instantiate(module, createSealModule, { readRange })),
    run,
  );
}
