import { BidSealError } from '@bidseal/sdk';

interface SavePickerWindow {
  showSaveFilePicker?: (options: { suggestedName: string; id?: string }) => Promise<FileSystemFileHandle>;
  showDirectoryPicker?: (options: { mode: 'readwrite'; id?: string }) => Promise<FileSystemDirectoryHandle>;
}
const pickers = window as unknown as SavePickerWindow;

export const canPickFile = pickers.showSaveFilePicker !== undefined;
export const canPickFolder = pickers.showDirectoryPicker !== undefined;

/** Gives a file to the browser's downloads: it stands under its name only when it is complete. */
export function download(file: Blob, name: string): void {
  const address = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser reads the address after this returns.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/**
 * Lets the user choose a place and writes the file there. Gives what stands there afterwards, or
 * undefined when the user changed their mind. On a failure nothing is left under the chosen name.
 */
export async function saveByPicker(
  file: File,
  name: string,
  options: { signal: AbortSignal; onBytes: (done: number) => void },
): Promise<File | undefined> {
  let handle: FileSystemFileHandle;
  try {
    if (pickers.showSaveFilePicker === undefined) throw new BidSealError('io_write');
    handle = await pickers.showSaveFilePicker({ suggestedName: name, id: 'bidseal' });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return undefined;
    throw error;
  }
  const existed = (await handle.getFile()).size > 0;
  try {
    let done = 0;
    const count = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(piece, controller) {
        done += piece.length;
        options.onBytes(done);
        controller.enqueue(piece);
      },
    });
    await file.stream().pipeThrough(count).pipeTo(await handle.createWritable(), { signal: options.signal });
    return await handle.getFile();
  } catch (error) {
    // The picker makes an empty file before anything is written: it must not be taken for a bid.
    const removable = handle as FileSystemFileHandle & { remove?: () => Promise<void> };
    if (!existed) await removable.remove?.().catch(() => undefined);
    throw error;
  }
}

/** A folder of the user's choice; undefined when they changed their mind. */
export async function pickFolder(): Promise<FileSystemDirectoryHandle | undefined> {
  try {
    return await pickers.showDirectoryPicker?.({ mode: 'readwrite', id: 'bidseal-open' });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return undefined;
    throw error;
  }
}
