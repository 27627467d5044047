import { BidSealError } from './error.js';
import type { ErrorCode } from './generated/errors.js';
import { PrivateOpenedBid } from './opened-bid.js';
import { PrivateStorage } from './private-storage.js';
import type * as api from './types/bid.js';
import type { CertificateInfo } from './types/certificate.js';
import type { KeyOptions } from './types/keys.js';
import type { OperationOptions, Output } from './types/operation.js';
import { type CallHandlers, WorkerPool } from './worker-pool.js';
import type { WorkerOutput } from './worker/messages.js';
import { asWriteError } from './worker/plain-error.js';

/** Starts the SDK. Throws where the browser lacks workers, WebAssembly or secure randomness. */
export async function createBidSeal(options: api.BidSealOptions = {}): Promise<api.BidSeal> {
  const { workerUrl } = options;
  const makeWorker = (): Worker =>
    workerUrl === undefined
      ? new Worker(new URL('./worker/worker.js', import.meta.url), { type: 'module' })
      : new Worker(workerUrl, { type: 'module' });
  const pool = new WorkerPool(makeWorker, options.workers ?? 2);
  pool.prepare(); // it loads while private storage is looked after
  try {
    return new PooledBidSeal(pool, await PrivateStorage.start());
  } catch (error) {
    pool.dispose();
    throw error;
  }
}

class PooledBidSeal implements api.BidSeal {
  private readonly pool: WorkerPool;
  private readonly storage: PrivateStorage;

  constructor(pool: WorkerPool, storage: PrivateStorage) {
    this.pool = pool;
    this.storage = storage;
  }

  openTenderFile(file: Blob, trust: api.Trust, options?: OperationOptions): Promise<api.TenderFile> {
    return this.pool.run('tender', { file, trust }, options);
  }

  readCertificates(data: api.Encoded): Promise<CertificateInfo[]> {
    return this.pool.run('certificates', { data });
  }

  checkDocument(
    tender: api.TenderFile,
    envelope: string,
    document: api.DocumentInput,
    options?: OperationOptions,
  ): Promise<api.DocumentCheck> {
    return this.pool.run('document', { tender: tender.bytes, envelope, document }, options);
  }

  async checkSummaryValue(tender: api.TenderFile, field: string, value: string): Promise<ErrorCode | undefined> {
    try {
      await this.pool.run('summary', { tender: tender.bytes, field, value });
      return undefined;
    } catch (error) {
      const expected: ErrorCode[] = ['summary_invalid', 'summary_out_of_range'];
      if (error instanceof BidSealError && expected.includes(error.code)) return error.code;
      throw error;
    }
  }

  async packBid(request: api.PackRequest, options: OperationOptions = {}): Promise<api.PackResult> {
    const { tender, signer } = request;
    const output = this.openOutput(request.output);
    const keyOptions = keyOptionsOf(options);
    try {
      const result = await this.pool.run(
        'pack',
        {
          tender: tender.bytes,
          lot: request.lot,
          envelopes: request.envelopes,
          order: tender.info.envelopes.map((envelope) => envelope.id),
          summary: request.summary,
          signer: signer.certificate,
          chain: signer.chain ?? [],
          openers: request.openers,
          ways: request.ways ?? [],
          ...(request.replaces === undefined ? {} : { replaces: request.replaces }),
          crls: request.crls ?? [],
          acceptEarlyEnd: request.acceptEarlyEnd ?? false,
          output: output.target,
        },
        options,
        {
          ...output.handlers,
          signBid: async (input) => {
            const signed = await signer.provider.signBid(
              { keyId: signer.keyId, tender: tender.bytes, ...input },
              keyOptions,
            );
            return signed.signature;
          },
        },
      );
      await output.close();
      return result;
    } catch (error) {
      await output.abort(error);
      throw error;
    }
  }

  inspectBid(file: Blob, options?: OperationOptions): Promise<api.BidInfo> {
    return this.pool.run('inspect', { file }, options);
  }

  verifyBid(
    file: Blob,
    tender: api.TenderFile,
    options: OperationOptions & { crls?: api.Encoded[] } = {},
  ): Promise<api.VerifyResult> {
    return this.pool.run('verify', { file, tender: tender.bytes, crls: options.crls ?? [] }, options);
  }

  rehearseBid(
    file: Blob,
    tender: api.TenderFile,
    key: api.Opener,
    options: OperationOptions = {},
  ): Promise<api.RehearseResult> {
    return this.pool.run('rehearse', { file, tender: tender.bytes, certificate: key.certificate }, options, {
      rehearse: (input) =>
        key.provider.rehearse({ keyId: key.keyId, tender: tender.bytes, ...input }, keyOptionsOf(options)),
    });
  }

  async openBid(request: api.OpenRequest, options: OperationOptions = {}): Promise<api.OpenedBid> {
    const { tender, key } = request;
    const name = `opened-${crypto.randomUUID()}`;
    const output = await this.pool.run(
      'open',
      {
        file: request.file,
        tender: tender.bytes,
        ...(key === undefined ? {} : { certificate: key.certificate }),
        shares: request.shares ?? [],
        releases: request.releases ?? [],
        ...(request.envelopes === undefined ? {} : { envelopes: request.envelopes }),
        rewraps: request.rewraps ?? [],
        folder: this.storage.folder,
        name,
      },
      options,
      key === undefined ? {} : { unwrap: unwrapWith(key, tender, options) },
    );
    return new PrivateOpenedBid(output, () => this.storage.remove(name));
  }

  readRelease(
    file: Blob,
    tender: api.TenderFile,
    release: api.Encoded,
    options: OperationOptions & { rewraps?: api.Encoded[] } = {},
  ): Promise<api.ReleaseInfo> {
    return this.pool.run('release', { file, tender: tender.bytes, release, rewraps: options.rewraps ?? [] }, options);
  }

  listOpeners(
    file: Blob,
    tender: api.TenderFile,
    rewraps: api.Encoded[],
    options: OperationOptions = {},
  ): Promise<api.BidOpener[]> {
    return this.pool.run('openers', { file, tender: tender.bytes, rewraps }, options);
  }

  rewrapBid(request: api.RewrapRequest, options: OperationOptions = {}): Promise<api.Encoded> {
    const { tender, key, signer } = request;
    return this.pool.run(
      'rewrap',
      {
        file: request.file,
        tender: tender.bytes,
        certificate: key.certificate,
        signer: signer.certificate,
        openers: request.openers,
        ways: request.ways ?? [],
        rewraps: request.rewraps ?? [],
        version: request.version,
      },
      options,
      {
        unwrap: unwrapWith(key, tender, options),
        signOpeners: async (input) => {
          const signed = await signer.provider.signOpeners(
            { keyId: signer.keyId, tender: tender.bytes, ...input },
            keyOptionsOf(options),
          );
          return signed.signature;
        },
      },
    );
  }

  digest(file: Blob, options?: OperationOptions): Promise<string> {
    return this.pool.run('digest', { file }, options);
  }

  discardPrivate(name: string): Promise<void> {
    return this.storage.remove(`output-${name}`);
  }

  async heapBytes(): Promise<number> {
    return this.pool.heapBytes();
  }

  dispose(): void {
    this.pool.dispose();
    this.storage.dispose();
  }

  private openOutput(output: Output): OpenedOutput {
    const nothing = async (): Promise<void> => undefined;
    switch (output.kind) {
      case 'file':
        return { target: { kind: 'file', handle: output.handle }, handlers: {}, close: nothing, abort: nothing };
      case 'private':
        return {
          target: { kind: 'private', folder: this.storage.folder, name: `output-${output.name}` },
          handlers: {},
          close: nothing,
          abort: nothing,
        };
      case 'stream':
        return streamOutput(output.stream);
    }
  }
}

interface OpenedOutput {
  target: WorkerOutput;
  handlers: CallHandlers;
  close(): Promise<void>;
  abort(reason: unknown): Promise<void>;
}

function streamOutput(stream: WritableStream<Uint8Array<ArrayBuffer>>): OpenedOutput {
  const writer = stream.getWriter();
  return {
    target: { kind: 'page' },
    handlers: {
      write: async ({ piece }) => {
        try {
          await writer.ready;
          await writer.write(piece);
          return null;
        } catch (error) {
          throw asWriteError(error);
        }
      },
    },
    close: () => writer.close(),
    abort: (reason) => writer.abort(reason).catch(() => undefined),
  };
}

function unwrapWith(
  key: api.Opener,
  tender: api.TenderFile,
  options: OperationOptions,
): NonNullable<CallHandlers['unwrap']> {
  return (input) =>
    key.provider.unwrap({ keyId: key.keyId, tender: tender.bytes, ...input }, keyOptionsOf(options));
}

function keyOptionsOf(options: OperationOptions): KeyOptions {
  return {
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(options.onKeyStage === undefined ? {} : { onStage: options.onKeyStage }),
  };
}
