import type { Progress } from '@bidseal/sdk';
import { writeZip } from '../lib/zip-writer';
import type { OpenedPart } from './store';

const fileName = 'bidseal-documents.zip';

/** All documents in one ZIP in the page's private storage; the last one made replaces the one before. */
export async function saveAsZip(
  parts: OpenedPart[],
  options: { signal: AbortSignal; onProgress: (progress: Progress) => void },
): Promise<File> {
  const root = await navigator.storage.getDirectory();
  const handle = await root.getFileHandle(fileName, { create: true });
  const target = await handle.createWritable();
  const documents = parts.flatMap((part) => part.envelope.documents.map((document) => ({ part, document })));
  const total = documents.reduce((sum, { document }) => sum + document.size, 0);
  const started = performance.now();
  let position = 0;
  let reported = 0;
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
        onBytes: (done) => {
          const now = performance.now();
          if (now - reported < 100 && done < total) return;
          reported = now;
          const rate = (done / Math.max(1, now - started)) * 1000;
          options.onProgress({
            phase: 'writing',
            bytesDone: done,
            bytesTotal: total,
            documentsDone: 0,
            documentsTotal: 0,
            bytesPerSecond: rate,
            ...(rate > 0 ? { secondsLeft: (total - done) / rate } : {}),
          });
        },
      },
    );
    await target.close();
    return await handle.getFile();
  } catch (error) {
    await target.abort().catch(() => undefined);
    await root.removeEntry(fileName).catch(() => undefined);
    throw error;
  }
}
