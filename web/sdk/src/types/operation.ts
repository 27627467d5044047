import type { KeyStage } from './keys.js';

/** What a long operation is doing now. Phases overlap: while one slice is encrypted the next is read. */
export type Phase = 'reading' | 'hashing' | 'encrypting' | 'signing' | 'writing' | 'verifying' | 'opening';

/** A progress event; several arrive per second while an operation runs. */
export interface Progress {
  phase: Phase;
  /** Envelope and document at work, where there is one. */
  envelope?: string;
  document?: string;
  /** Bytes of input done and in all; the total is known from the start. */
  bytesDone: number;
  bytesTotal: number;
  /** Documents finished and in all. */
  documentsDone: number;
  documentsTotal: number;
  /** Bytes a second over the last seconds; 0 until it can be told. */
  bytesPerSecond: number;
  /** Seconds left at that rate; undefined until it can be told. */
  secondsLeft?: number;
}

/** Given to every operation. */
export interface OperationOptions {
  /** Ends the operation: the promise is rejected with `BidSealError('cancelled')`, nothing is kept. */
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
  /** While a key is used: what its holder waits for (the user's consent, the PIN, the token). */
  onKeyStage?: (stage: KeyStage) => void;
}

/**
 * Where a result is written. Nothing half-written ever stands under the final name: the bytes go to a
 * temporary file that is moved when all is checked, and removed on every failure.
 */
export type Output =
  /** A file of the user's choice (`showSaveFilePicker`). The browser writes to a swap file until the end. */
  | { kind: 'file'; handle: FileSystemFileHandle }
  /** The page's private storage, then offered to the user as a download of the returned `File`. */
  | { kind: 'private'; name: string }
  /** Any stream; the caller must discard what it took when the operation fails (the stream is aborted). */
  | { kind: 'stream'; stream: WritableStream<Uint8Array<ArrayBuffer>> };

/** A finished output. `BidSeal.digest` tells the SM3 of a whole file; the fingerprint covers a bid without it. */
export interface Written {
  size: number;
  /** For `private` outputs: the file, readable and downloadable until `discardPrivate(name)`. */
  file?: File;
}
