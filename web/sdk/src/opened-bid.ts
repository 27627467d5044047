import { BidSealError } from './error.js';
import type { BidDocument, BidIndex, Fingerprint, OpenedBid, OpenedEnvelope } from './types/bid.js';
import type { OperationOptions } from './types/operation.js';
import { saveToFolder } from './save-to-folder.js';
import type { OpenOutput } from './worker/messages.js';

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
    await saveToFolder(
      folder,
      [...this.places.values()].map(({ document }) => ({
        document,
        read: () => this.read(document.envelope, document.path),
      })),
      options,
    );
  }

  async dispose(): Promise<void> {
    this.content = undefined;
    await this.remove();
  }
}

function key(envelope: string, path: string): string {
  return `${envelope}/${path}`;
}
