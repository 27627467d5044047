import type { OperationOptions } from './types/operation.js';
import type { Encoded } from './types/bid.js';
import type { CertificateInfo } from './types/certificate.js';
import type * as api from './types/seal.js';
import { WorkerPool } from './worker-pool.js';
import type { SealInput, SealTaskTypes } from './worker/seal-messages.js';

/** Starts the part of the SDK that makes and judges seals; its worker and module load at the first use. */
export function createSeals(options: api.SealsOptions = {}): api.Seals {
  const { workerUrl } = options;
  const makeWorker = (): Worker =>
    workerUrl === undefined
      ? new Worker(new URL('./worker/seal-worker.js', import.meta.url), { type: 'module' })
      : new Worker(workerUrl, { type: 'module' });
  // Its tasks do not stop to listen, so a cancelled one ends with its worker.
  return new PooledSeals(new WorkerPool<SealTaskTypes>(makeWorker, 1, { endOnCancel: true }));
}

class PooledSeals implements api.Seals {
  private readonly pool: WorkerPool<SealTaskTypes>;

  constructor(pool: WorkerPool<SealTaskTypes>) {
    this.pool = pool;
  }

  verifySeals(file: Blob, trust: api.SealTrust, options?: OperationOptions): Promise<api.SealReport[]> {
    return this.pool.run('verifySeals', { file, trust }, options);
  }

  verifySeal(seal: Encoded, trust: api.SealTrust): Promise<api.SealVerdict> {
    return this.pool.run('verifySeal', { seal, trust });
  }

  readSeal(seal: Encoded): Promise<api.SealInfo> {
    return this.pool.run('readSeal', { seal });
  }

  readCertificates(data: Encoded): Promise<CertificateInfo[]> {
    return this.pool.run('readCertificates', { data });
  }

  measurePages(file: Blob, options?: OperationOptions): Promise<api.PageSize[]> {
    return this.pool.run('measure', { file }, options);
  }

  async sealDocument(request: api.SealRequest, options: OperationOptions = {}): Promise<api.SealedDocument> {
    const [sealed] = await this.sealDocuments([request], request.key, options);
    return sealed as api.SealedDocument;
  }

  async sealDocuments(
    documents: api.DocumentToSeal[],
    key: api.SealingKey,
    options: OperationOptions = {},
  ): Promise<api.SealedDocument[]> {
    const { signal, onKeyStage } = options;
    const sections = await this.pool.run(
      'sealDocuments',
      { certificate: key.certificate, chain: key.chain ?? [], documents: documents.map(inputOf) },
      options,
      {
        signSeals: async ({ messages }) => {
          const toSign = messages.map((content, i) => ({ name: documents[i]?.name ?? '', content }));
          const signed = await key.provider.signDocuments(key.keyId, toSign, {
            ...(signal === undefined ? {} : { signal }),
            ...(onKeyStage === undefined ? {} : { onStage: onKeyStage }),
          });
          return signed.map(({ signature }) => signature);
        },
      },
    );
    return sections.map((section, i) => {
      const { file, name } = documents[i] as api.DocumentToSeal;
      return { file: new File([file, section], name, { type: 'application/pdf' }), section };
    });
  }

  heapBytes(): number {
    return this.pool.heapBytes();
  }

  dispose(): void {
    this.pool.dispose();
  }
}

function inputOf(document: api.DocumentToSeal): SealInput {
  const { file, name, seal, picture, places } = document;
  return {
    file,
    name,
    ...(seal === undefined ? {} : { seal }),
    ...(picture === undefined ? {} : { picture }),
    places,
    crls: document.crls ?? [],
    reason: document.reason ?? '',
    location: document.location ?? '',
    filter: document.filter ?? '',
    subFilter: document.subFilter ?? '',
  };
}
