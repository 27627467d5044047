import type { Progress } from '@bidseal/sdk';
import { writingProgress } from '../lib/writing-progress';
import { writeZip } from '../lib/zip-writer';
import type { OpenedPart } from './store';

const folderName = 'bidseal-zip';
const fileName = `${crypto.randomUUID()}.zip`;
const lockOf = (name: string): string => `bidseal-zip-${name}`;
let held = false;

/** Says to other pages, for as long as this one lives, that its ZIP is in use. */
async function hold(): Promise<void> {
  if (held) return;
  held = true;
  await new Promise<void>((taken) => {
    void navigator.locks.request(lockOf(fileName), () => {
      taken();
      return new Promise<void>(() => undefined);
    });
  });
}

async function zipFolder(): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory();
  return root.getDirectoryHandle(folderName, { create: true });
}

/** Removes this page's ZIP. */
export async function removeZip(): Promise<void> {
  if (held) await (await zipFolder()).removeEntry(fileName).catch(() => undefined);
}

/** Removes the ZIPs of pages that are gone: they hold opened documents in clear. */
export async function sweepZips(): Promise<void> {
  const folder = await zipFolder();
  const { held: locks } = await navigator.locks.query();
  const alive = new Set((locks ?? []).map((lock) => lock.name));
  for await (const name of folder.keys()) {
    if (!alive.has(lockOf(name))) await folder.removeEntry(name).catch(() => undefined);
  }
}

/** All documents in one ZIP in the page's private storage; the last one made replaces the one before. */
export async function saveAsZip(
  parts: OpenedPart[],
  options: { signal: AbortSignal; onProgress: (progress: Progress) => void },
): Promise<File> {
  await hold();
  const folder = await zipFolder();
  const handle = await folder.getFileHandle(fileName, { create: true });
  const target = await handle.createWritable();
  const documents = parts.flatMap((part) => part.envelope.documents.map((document) => ({ part, document })));
  const total = documents.reduce((sum, { document }) => sum + document.size, 0);
  let position = 0;
  try {
    await writeZip(
      documents.map(({ part, document }) => ({
        path: `${document.envelope}/${document.path}`,
        size: document.size,
        stream: () => part.bid.stream(document.envelope, document.path),
      })),
      {
        write: async (bytes) => {
          await target.write({ type: 'write', position, data: bytes });
          position += bytes.length;
        },
        patch: (at, bytes) => target.write({ type: 'write', position: at, data: bytes }),
      },
      {
        signal: options.signal,
        onBytes: writingProgress(total, options.onProgress),
      },
    );
    await target.close();
    return await handle.getFile();
  } catch (error) {
    await target.abort().catch(() => undefined);
    await removeZip();
    throw error;
  }
}
