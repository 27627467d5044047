import { storageRoot } from './worker/private-files.js';

const lockPrefix = 'bidseal-session-';

/**
 * This page's own folder in the origin's private storage. A lock says that the page still lives;
 * folders whose page is gone (closed or crashed, perhaps half-way) are removed at the next start.
 */
export class PrivateStorage {
  readonly folder = crypto.randomUUID();
  private release: () => void = () => undefined;

  /** Takes the lock and sweeps. Without private storage or locks, it does nothing. */
  static async start(): Promise<PrivateStorage> {
    const storage = new PrivateStorage();
    if (navigator.locks === undefined || navigator.storage?.getDirectory === undefined) return storage;
    await new Promise<void>((taken) => {
      void navigator.locks.request(lockPrefix + storage.folder, () => {
        taken();
        return new Promise<void>((resolve) => {
          storage.release = resolve;
        });
      });
    });
    await sweep(storage.folder).catch(() => undefined); // another page may be sweeping too
    return storage;
  }

  async remove(name: string): Promise<void> {
    const root = await navigator.storage.getDirectory();
    const all = await root.getDirectoryHandle(storageRoot, { create: true });
    const own = await all.getDirectoryHandle(this.folder, { create: true });
    await own.removeEntry(name).catch(() => undefined);
  }

  dispose(): void {
    this.release();
    void removeFolder(this.folder).catch(() => undefined);
  }
}

async function removeFolder(name: string): Promise<void> {
  const root = await navigator.storage.getDirectory();
  const all = await root.getDirectoryHandle(storageRoot, { create: true });
  await all.removeEntry(name, { recursive: true });
}

/**
 * Removes the folders of pages that are gone. A page that has just been closed may hold its lock and
 * its workers their files for a moment longer, so each folder's lock is waited for in the background.
 */
async function sweep(own: string): Promise<void> {
  const root = await navigator.storage.getDirectory();
  const all = await root.getDirectoryHandle(storageRoot, { create: true });
  for await (const name of all.keys()) {
    if (name === own) continue;
    void navigator.locks.request(lockPrefix + name, () => removeWhenFree(name));
  }
}

async function removeWhenFree(name: string): Promise<void> {
  for (let tries = 0; tries < 50; tries += 1) {
    try {
      await removeFolder(name);
      return;
    } catch (error) {
      if (error instanceof DOMException && error.name === 'NotFoundError') return;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
