// The page's private storage (OPFS) as workers use it.
import { BidSealError } from '../error.js';
import { asWriteError } from './plain-error.js';

/** Workers have it; the standard library's page types do not. */
interface SyncAccessHandle {
  write(data: Uint8Array<ArrayBuffer>, options: { at: number }): number;
  flush(): void;
  close(): void;
}

interface PrivateFileHandle extends FileSystemFileHandle {
  createSyncAccessHandle(): Promise<SyncAccessHandle>;
  move(name: string): Promise<void>;
}

export const storageRoot = 'bidseal';

/** The session's own folder. */
export async function privateFolder(folder: string): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory();
  const all = await root.getDirectoryHandle(storageRoot, { create: true });
  return all.getDirectoryHandle(folder, { create: true });
}

/** A file that is written under a temporary name and gets its own at the end. */
export class PrivateFile {
  private readonly folder: FileSystemDirectoryHandle;
  private readonly handle: PrivateFileHandle;
  private readonly access: SyncAccessHandle;
  private readonly temporary: string;
  private readonly name: string;
  private open = true;
  private length = 0;

  private constructor(
    folder: FileSystemDirectoryHandle,
    handle: PrivateFileHandle,
    access: SyncAccessHandle,
    temporary: string,
    name: string,
  ) {
    this.folder = folder;
    this.handle = handle;
    this.access = access;
    this.temporary = temporary;
    this.name = name;
  }

  static async create(folderName: string, name: string): Promise<PrivateFile> {
    try {
      const folder = await privateFolder(folderName);
      const temporary = `${crypto.randomUUID()}.part`;
      const handle = (await folder.getFileHandle(temporary, { create: true })) as PrivateFileHandle;
      return new PrivateFile(folder, handle, await handle.createSyncAccessHandle(), temporary, name);
    } catch (error) {
      throw asWriteError(error);
    }
  }

  get size(): number {
    return this.length;
  }

  /** Writes at the end. A full disk shows as an exception or as a short count, by browser. */
  write(bytes: Uint8Array<ArrayBuffer>): void {
    let count: number;
    try {
      count = this.access.write(bytes, { at: this.length });
    } catch (error) {
      throw asWriteError(error);
    }
    if (count !== bytes.length) throw new BidSealError('disk_full', { position: this.length });
    this.length += count;
  }

  /** Gives the file its name, in place of an earlier one. */
  async commit(): Promise<File> {
    try {
      this.access.flush();
      this.close();
      await this.folder.removeEntry(this.name).catch(() => undefined);
      await this.handle.move(this.name);
      return await this.handle.getFile();
    } catch (error) {
      throw asWriteError(error);
    }
  }

  async abort(): Promise<void> {
    this.close();
    await this.folder.removeEntry(this.temporary).catch(() => undefined);
  }

  private close(): void {
    if (this.open) this.access.close();
    this.open = false;
  }
}
