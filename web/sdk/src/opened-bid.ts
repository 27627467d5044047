import { BidSealError } from './error.js';
import type { BidDocument, BidIndex, Fingerprint, OpenedBid, OpenedEnvelope } from './types/bid.js';
import type { OperationOptions } from './types/operation.js';
import type { OpenOutput } from './worker/messages.js';
import { Operation } from './worker/operation.js';
import { asWriteError } from './worker/plain-error.js';

const mediaTypes: Record<string, string> = {
  pdf: 'application/pdf',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  pptx: 'application/vnd.openxmlformats-officedocument.presentationml.presentation',
  png: 'image/png',
  jpg: 'image/jpeg',
  tif: 'image/tiff',
  mp4: 'video/mp4',
  zip: 'application/zip',
  txt: 'text/plain',
};

/** Documents of an opened bid: ranges of one private file. */
export class PrivateOpenedBid implements OpenedBid {
  readonly fingerprint: Fingerprint;
  readonly index: BidIndex;
  readonly envelopes: OpenedEnvelope[];
  private content: File | undefined;
  private readonly places = new Map<string, { document: BidDocument; offset: number }>();
  private readonly remove: () => Promise<void>;

  constructor(output: OpenOutput, remove: () => Promise<void>) {
    this.fingerprint = output.fingerprint;
    this.index = output.index;
    this.envelopes = output.envelopes;
    this.content = output.content;
    this.remove = remove;
    for (const [e, envelope] of output.envelopes.entries()) {
      for (const [d, document] of envelope.documents.entries()) {
        const offset = output.offsets[e]?.[d] ?? 0;
        this.places.set(key(envelope.id, document.path), { document, offset });
      }
    }
  }

  read(envelope: string, path: string): File {
    const place = this.places.get(key(envelope, path));
    if (place === undefined || this.content === undefined) {
      throw new BidSealError('usage', { message: 'no such document, or the bid was disposed of' });
    }
    const { document, offset } = place;
    const name = path.slice(path.lastIndexOf('/') + 1);
    // What was found by the bytes, and nothing that a browser runs (SVG, HTML): a page may show it.
    const type = mediaTypes[document.format] ?? 'application/octet-stream';
    return new File([this.content.slice(offset, offset + document.size)], name, { type });
  }

  stream(envelope: string, path: string): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.read(envelope, path).stream();
  }

  async saveTo(folder: FileSystemDirectoryHandle, options: OperationOptions = {}): Promise<void> {
    const operation = new Operation({
      progress: (progress) => options.onProgress?.(progress),
      call: () => Promise.reject(new BidSealError('usage')),
    });
    const cancel = (): void => operation.cancel();
    options.signal?.addEventListener('abort', cancel, { once: true });
    const places = [...this.places.values()];
    operation.expect(
      places.reduce((sum, place) => sum + place.document.size, 0),
      places.length,
    );
    const written: { folder: FileSystemDirectoryHandle; name: string }[] = [];
    try {
      for (const { document } of places) {
        operation.check();
        written.push(await this.saveDocument(folder, document));
        operation.documentFinished();
        operation.advance(document.size, 'writing', document.envelope, document.path);
      }
      operation.report('writing');
    } catch (error) {
      for (const file of written) await file.folder.removeEntry(file.name).catch(() => undefined);
      throw asWriteError(error);
    } finally {
      options.signal?.removeEventListener('abort', cancel);
    }
  }

  async dispose(): Promise<void> {
    this.content = undefined;
    await this.remove();
  }

  private async saveDocument(
    folder: FileSystemDirectoryHandle,
    document: BidDocument,
  ): Promise<{ folder: FileSystemDirectoryHandle; name: string }> {
    const parts = [document.envelope, ...document.path.split('/')];
    const name = parts.pop() ?? document.path;
    let place = folder;
    for (const part of parts) place = await place.getDirectoryHandle(part, { create: true });
    const handle = await place.getFileHandle(name, { create: true });
    const target = await handle.createWritable();
    await this.stream(document.envelope, document.path).pipeTo(target);
    return { folder: place, name };
  }
}

function key(envelope: string, path: string): string {
  return `${envelope}/${path}`;
}
