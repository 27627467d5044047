import { makePageKey } from './pairing.js';

/** What a page keeps between visits so that bridge and page know each other again. */
export interface PageIdentity {
  /** The page's key; made at the first use. Its private part cannot be read out. */
  key(): Promise<CryptoKeyPair>;
  /** The key of the daemon that this page was paired with. */
  pinned(): Promise<Uint8Array<ArrayBuffer> | undefined>;
  pin(daemonKey: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Forgets both: the page has to be paired anew. */
  forget(): Promise<void>;
}

const databaseName = 'bidseal-bridge';
const storeName = 'kept';

/** In IndexedDB, which browsers keep apart for each origin. */
export class StoredIdentity implements PageIdentity {
  private database: Promise<IDBDatabase> | undefined;

  async key(): Promise<CryptoKeyPair> {
    const kept = (await this.run('readonly', (store) => store.get('page-key'))) as CryptoKeyPair | undefined;
    if (kept !== undefined) return kept;
    const made = await makePageKey();
    // Another tab may have been quicker: the first key stays.
    await this.run('readwrite', (store) => {
      const found = store.getKey('page-key');
      found.onsuccess = () => {
        if (found.result === undefined) store.put(made, 'page-key');
      };
      return found;
    });
    return (await this.run('readonly', (store) => store.get('page-key'))) as CryptoKeyPair;
  }

  async pinned(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return (await this.run('readonly', (store) => store.get('daemon-key'))) as Uint8Array<ArrayBuffer> | undefined;
  }

  async pin(daemonKey: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.run('readwrite', (store) => store.put(daemonKey, 'daemon-key'));
  }

  async forget(): Promise<void> {
    await this.run('readwrite', (store) => store.clear());
  }

  private open(): Promise<IDBDatabase> {
    this.database ??= new Promise((resolve, reject) => {
      const request = indexedDB.open(databaseName, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(storeName);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
    return this.database;
  }

  /** Resolves when the transaction is complete: what was put is kept. */
  private async run(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest): Promise<unknown> {
    const database = await this.open();
    return new Promise((resolve, reject) => {
      const transaction = database.transaction(storeName, mode);
      const request = work(transaction.objectStore(storeName));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = () => reject(transaction.error);
      transaction.onabort = () => reject(transaction.error);
    });
  }
}

/** For as long as the page lives: where the browser keeps nothing, and in tests. */
export class PassingIdentity implements PageIdentity {
  private made: Promise<CryptoKeyPair> | undefined;
  private daemon: Uint8Array<ArrayBuffer> | undefined;

  key(): Promise<CryptoKeyPair> {
    this.made ??= makePageKey();
    return this.made;
  }

  async pinned(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.daemon;
  }

  async pin(daemonKey: Uint8Array<ArrayBuffer>): Promise<void> {
    this.daemon = daemonKey;
  }

  async forget(): Promise<void> {
    this.made = undefined;
    this.daemon = undefined;
  }
}

/** Stored where the browser lets a page store, else passing. */
export async function openIdentity(): Promise<PageIdentity> {
  if (globalThis.indexedDB === undefined) return new PassingIdentity();
  const stored = new StoredIdentity();
  try {
    await stored.pinned();
    return stored;
  } catch {
    return new PassingIdentity();
  }
}
