import { BidSealError } from './error.js';
import type { BidDocument } from './types/bid.js';
import type { OperationOptions } from './types/operation.js';
import { Operation } from './worker/operation.js';
import { asWriteError } from './worker/plain-error.js';

/**
 * Each small document is a handful of round trips to the browser's own process and hardly any bytes:
 * so many are under way at once. More brings nothing, and each holds a file open.
 */
const atOnce = 16;
/** Larger ones are written piece by piece, so that progress moves and cancelling is quick. */
const pieceBytes = 8 << 20;
/** Stands in the folder while documents are being written, for whoever finds it after a crash. */
export const unfinishedName = 'bidseal-unfinished.txt';
const unfinishedText =
  '尚未保存完成。若本文件一直存在，说明保存中断，请重新保存全部文件。\n' +
  'Not all documents have been saved yet. If this file stays, saving was interrupted: save all of them again.\n';

export interface SavedDocument {
  document: BidDocument;
  read(): Blob;
}

/** Makes folders once each, and knows which of them were there before. */
class Folders {
  private readonly known = new Map<string, Promise<FileSystemDirectoryHandle>>();
  /** Envelopes whose folder this run has made: nothing of the user's is in them. */
  private readonly made = new Set<string>();
  private readonly root: FileSystemDirectoryHandle;

  constructor(root: FileSystemDirectoryHandle) {
    this.root = root;
  }

  /** The envelope's own folder. */
  async begin(envelope: string): Promise<void> {
    try {
      await this.root.getDirectoryHandle(envelope);
    } catch (error) {
      if (!(error instanceof DOMException) || error.name !== 'NotFoundError') throw error;
      this.made.add(envelope);
    }
    await this.get([envelope]);
  }

  get(parts: string[]): Promise<FileSystemDirectoryHandle> {
    if (parts.length === 0) return Promise.resolve(this.root);
    const path = parts.join('/');
    const found = this.known.get(path);
    if (found !== undefined) return found;
    const name = parts[parts.length - 1] ?? '';
    const made = this.get(parts.slice(0, -1)).then((above) => above.getDirectoryHandle(name, { create: true }));
    this.known.set(path, made);
    return made;
  }

  isNew(envelope: string): boolean {
    return this.made.has(envelope);
  }

  async removeNew(): Promise<void> {
    for (const envelope of this.made) {
      await this.root.removeEntry(envelope, { recursive: true }).catch(() => undefined);
    }
  }
}

/** Writes one document. A file that stood under its name stays as it is until all bytes are written. */
async function saveOne(
  folders: Folders,
  { document, read }: SavedDocument,
  operation: Operation,
  created: (folder: FileSystemDirectoryHandle, name: string) => void,
): Promise<void> {
  const parts = [document.envelope, ...document.path.split('/')];
  const name = parts.pop() ?? document.path;
  const folder = await folders.get(parts);
  const there = folders.isNew(document.envelope) ? false : await exists(folder, name);
  const handle = await folder.getFileHandle(name, { create: true });
  if (!there) created(folder, name);
  const target = await handle.createWritable();
  try {
    const content = read();
    for (let at = 0; at < content.size; at += pieceBytes) {
      operation.check();
      const piece = content.slice(at, at + pieceBytes);
      await target.write(piece);
      operation.advance(piece.size, 'writing', document.envelope, document.path);
    }
    operation.check();
    await target.close();
  } catch (error) {
    await target.abort().catch(() => undefined);
    throw error;
  }
  operation.documentFinished();
}

async function exists(folder: FileSystemDirectoryHandle, name: string): Promise<boolean> {
  try {
    await folder.getFileHandle(name);
    return true;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'NotFoundError') return false;
    throw error;
  }
}

/**
 * Writes all documents below a folder, as `envelope/path`. On a failure and when it is cancelled,
 * what this call made is removed; files that stood there before are left.
 */
export async function saveToFolder(
  folder: FileSystemDirectoryHandle,
  documents: SavedDocument[],
  options: OperationOptions = {},
): Promise<void> {
  const operation = new Operation({
    progress: (progress) => options.onProgress?.(progress),
    call: () => Promise.reject(new BidSealError('usage')),
  });
  const cancel = (): void => operation.cancel();
  if (options.signal?.aborted === true) cancel();
  options.signal?.addEventListener('abort', cancel, { once: true });
  operation.expect(
    documents.reduce((sum, { document }) => sum + document.size, 0),
    documents.length,
  );
  const folders = new Folders(folder);
  const created: { folder: FileSystemDirectoryHandle; name: string }[] = [];
  let failed: { error: unknown } | undefined;
  let next = 0;
  const work = async (): Promise<void> => {
    while (failed === undefined) {
      const each = documents[next];
      next += 1;
      if (each === undefined) return;
      try {
        operation.check();
        await saveOne(folders, each, operation, (place, name) => {
          if (!folders.isNew(each.document.envelope)) created.push({ folder: place, name });
        });
      } catch (error) {
        failed ??= { error };
      }
    }
  };
  try {
    operation.check();
    const marker = await (await folder.getFileHandle(unfinishedName, { create: true })).createWritable();
    await marker.write(unfinishedText);
    await marker.close();
    for (const envelope of new Set(documents.map(({ document }) => document.envelope))) await folders.begin(envelope);
    await Promise.all(Array.from({ length: atOnce }, work));
    if (failed !== undefined) throw (failed as { error: unknown }).error;
    operation.report('writing');
  } catch (error) {
    await folders.removeNew();
    for (const file of created) await file.folder.removeEntry(file.name).catch(() => undefined);
    throw asWriteError(error);
  } finally {
    await folder.removeEntry(unfinishedName).catch(() => undefined);
    options.signal?.removeEventListener('abort', cancel);
  }
}
