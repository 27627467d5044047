import type { WorkerOutput } from './messages.js';
import type { Operation } from './operation.js';
import { asWriteError } from './plain-error.js';
import { PrivateFile } from './private-files.js';

/** Where a bid goes. The view given to `write` is only valid until the promise is settled. */
export interface OutputWriter {
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void> | void;
  /** Gives the result its final name. */
  commit(): Promise<File | undefined>;
  /** Leaves nothing behind. */
  abort(): Promise<void>;
}

/** The browser writes to a swap file of its own until it is closed. */
class UserFile implements OutputWriter {
  private readonly stream: FileSystemWritableFileStream;

  private constructor(stream: FileSystemWritableFileStream) {
    this.stream = stream;
  }

  static async create(handle: FileSystemFileHandle): Promise<UserFile> {
    try {
      return new UserFile(await handle.createWritable({ keepExistingData: false }));
    } catch (error) {
      throw asWriteError(error);
    }
  }

  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    try {
      await this.stream.write(bytes.slice());
    } catch (error) {
      throw asWriteError(error);
    }
  }

  async commit(): Promise<undefined> {
    try {
      await this.stream.close();
    } catch (error) {
      throw asWriteError(error);
    }
  }

  async abort(): Promise<void> {
    await this.stream.abort().catch(() => undefined);
  }
}

/** The page takes each piece and says when it wants the next. */
class PageStream implements OutputWriter {
  private readonly operation: Operation;

  constructor(operation: Operation) {
    this.operation = operation;
  }

  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const piece = bytes.slice();
    await this.operation.call('write', { piece }, [piece.buffer]);
  }

  async commit(): Promise<undefined> {
    // The page closes the stream when the task is done, and aborts it when it failed.
  }

  async abort(): Promise<void> {
    // See commit().
  }
}

export async function openOutput(output: WorkerOutput, operation: Operation): Promise<OutputWriter> {
  switch (output.kind) {
    case 'file':
      return UserFile.create(output.handle);
    case 'private':
      return PrivateFile.create(output.folder, output.name);
    case 'page':
      return new PageStream(operation);
  }
}
