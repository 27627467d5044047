// Everything that is said between the page and a worker.
import type { ErrorCode } from '../generated/errors.js';
import type { BidParts, CoreTask } from '../core/core-module.js';
import type * as api from '../types/bid.js';
import type { CertificateInfo } from '../types/certificate.js';
import type { RehearsedSlot, SealedManifest, WrapSlot } from '../types/keys.js';
import type { Progress } from '../types/operation.js';

/** Where a worker writes; names of private files are inside the session's own folder. */
export type WorkerOutput =
  | { kind: 'file'; handle: FileSystemFileHandle }
  | { kind: 'private'; folder: string; name: string }
  /** The page writes: each piece is a call to it. */
  | { kind: 'page' };

export interface PackInput {
  tender: api.Encoded;
  lot: string;
  envelopes: api.EnvelopeInput[];
  /** Envelope ids in the tender's order. */
  order: string[];
  summary: Record<string, string>;
  signer: api.Encoded;
  chain: api.Encoded[];
  openers: api.Encoded[];
  ways: string[];
  replaces?: string;
  crls: api.Encoded[];
  acceptEarlyEnd: boolean;
  output: WorkerOutput;
}

export interface PackOutput {
  fingerprint: api.Fingerprint;
  index: api.BidIndex;
  size: number;
  documents: api.BidDocument[];
  file?: File;
}

export interface OpenInput {
  file: Blob;
  tender: api.Encoded;
  certificate?: api.Encoded;
  shares: api.GivenShare[];
  releases: api.Encoded[];
  envelopes?: string[];
  rewraps: api.Encoded[];
  folder: string;
  name: string;
}

export interface OpenOutput {
  fingerprint: api.Fingerprint;
  index: api.BidIndex;
  envelopes: api.OpenedEnvelope[];
  /** All documents one after the other. */
  content: File;
  /** Where each begins, in the order of envelopes and their documents. */
  offsets: number[][];
}

export interface RewrapInput {
  file: Blob;
  tender: api.Encoded;
  certificate: api.Encoded;
  signer: api.Encoded;
  openers: api.Encoded[];
  ways: string[];
  rewraps: api.Encoded[];
  version: number;
}

/** Tasks of a worker: what goes in and what comes out. */
export interface TaskTypes {
  tender: { input: { file: Blob; trust: api.Trust }; output: api.TenderFile };
  certificates: { input: { data: api.Encoded }; output: CertificateInfo[] };
  document: {
    input: { tender: api.Encoded; envelope: string; document: api.DocumentInput };
    output: api.DocumentCheck;
  };
  summary: { input: { tender: api.Encoded; field: string; value: string }; output: null };
  digest: { input: { file: Blob }; output: string };
  pack: { input: PackInput; output: PackOutput };
  inspect: { input: { file: Blob }; output: api.BidInfo };
  verify: { input: { file: Blob; tender: api.Encoded; crls: api.Encoded[] }; output: api.VerifyResult };
  rehearse: {
    input: { file: Blob; tender: api.Encoded; certificate: api.Encoded };
    output: api.RehearseResult;
  };
  release: {
    input: { file: Blob; tender: api.Encoded; release: api.Encoded; rewraps: api.Encoded[] };
    output: api.ReleaseInfo;
  };
  openers: { input: { file: Blob; tender: api.Encoded; rewraps: api.Encoded[] }; output: api.BidOpener[] };
  open: { input: OpenInput; output: OpenOutput };
  rewrap: { input: RewrapInput; output: api.Encoded };
}

export type TaskName = keyof TaskTypes;
export type Task = { [Name in TaskName]: { name: Name; input: TaskTypes[Name]['input'] } }[TaskName];

/** What a worker asks of the page, which alone talks to keys and streams. */
export interface CallTypes {
  signBid: {
    input: { index: api.Encoded; openers: api.Encoded; manifests: SealedManifest[] };
    output: api.Encoded;
  };
  signOpeners: {
    input: BidParts & { rewrap: api.Encoded };
    output: api.Encoded;
  };
  unwrap: {
    input: BidParts & { rewraps: api.Encoded[]; releases: api.Encoded[]; slots: WrapSlot[] };
    output: { slot: WrapSlot; share: api.Encoded }[];
  };
  rehearse: { input: BidParts & { rewraps: api.Encoded[]; slots: WrapSlot[] }; output: RehearsedSlot[] };
  write: { input: { piece: api.Encoded }; output: null };
  /** What seals documents, in their order; gives their signatures. */
  signSeals: { input: { messages: api.Encoded[] }; output: api.Encoded[] };
}

export type CallName = keyof CallTypes;
export type Call = { [Name in CallName]: { name: Name; input: CallTypes[Name]['input'] } }[CallName];

/** An error on its way between the two. */
export interface PlainError {
  code: ErrorCode;
  message: string;
  subject: string;
  position?: number;
  retriesLeft?: number;
}

export type ToWorker<AnyTask = Task> =
  | { kind: 'start'; id: number; task: AnyTask }
  | { kind: 'cancel'; id: number }
  | { kind: 'answer'; id: number; call: number; value: unknown }
  | { kind: 'refusal'; id: number; call: number; error: PlainError };

export type FromWorker =
  | { kind: 'ready'; heapBytes: number }
  | { kind: 'broken'; error: PlainError }
  | { kind: 'progress'; id: number; progress: Progress }
  | { kind: 'call'; id: number; call: number; request: Call }
  | { kind: 'done'; id: number; value: unknown; heapBytes: number }
  /** `fatal`: the module may be in any state, so this worker is not used again. */
  | { kind: 'failed'; id: number; error: PlainError; heapBytes: number; fatal: boolean };

export type { CoreTask };
