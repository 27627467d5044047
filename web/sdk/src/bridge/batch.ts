import { BidSealError } from '../error.js';
import type { ErrorCode } from '../generated/errors.js';
import type { GrantItem, GrantOpenResult, ItemSignature } from '../generated/messages.js';
import type { BatchOptions, DocumentSignature, DocumentToSign } from '../types/documents.js';
import type { KeyOptions } from '../types/keys.js';
import { fromBase64, toBase64 } from './base64.js';
import type { BridgeClient } from './client.js';
import { randomBytes } from './pairing.js';

const mostItems = 1000;
/** Of a request: few enough that progress is seen, and that an interruption costs little. */
const itemsAtOnce = 25;
const bytesAtOnce = 4 << 20;
const mostBytes = 64 << 20;
const batchNameSize = 16;
const reconnectPause = 1000;
const reconnectTries = 30;

/** After these the bridge may be there again, and the batch is taken up where it stood. */
const interruptions: ErrorCode[] = ['bridge_not_running', 'grant_ended', 'token_removed'];

/** SHA-256: what binds a grant to its documents. */
export async function contentDigest(content: Uint8Array<ArrayBuffer>): Promise<string> {
  return toBase64(new Uint8Array(await crypto.subtle.digest('SHA-256', content)));
}

/** Signs documents with one consent and one PIN; takes the batch up again when it is interrupted. */
export class SigningBatch {
  private readonly client: BridgeClient;
  private readonly keyId: string;
  private readonly documents: DocumentToSign[];
  private readonly options: BatchOptions;
  private readonly batch: Uint8Array<ArrayBuffer>;
  private readonly signed = new Map<number, Uint8Array<ArrayBuffer>>();
  private certificate: Uint8Array<ArrayBuffer> | undefined;

  constructor(client: BridgeClient, keyId: string, documents: DocumentToSign[], options: BatchOptions) {
    if (documents.length === 0 || documents.length > mostItems) {
      throw new BidSealError('usage', { message: `1 to ${mostItems} documents make a batch` });
    }
    if (options.batch !== undefined && options.batch.length !== batchNameSize) {
      throw new BidSealError('usage', { message: `a batch is named by ${batchNameSize} bytes` });
    }
    this.client = client;
    this.keyId = keyId;
    this.documents = documents;
    this.options = options;
    this.batch = options.batch ?? randomBytes(batchNameSize);
  }

  async run(): Promise<DocumentSignature[]> {
    const items = await this.describe();
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.signRest(items);
        break;
      } catch (error) {
        const again = error instanceof BidSealError && interruptions.includes(error.code);
        if (!again || attempt >= (this.options.attempts ?? 3) || this.options.signal?.aborted === true) throw error;
        await this.reconnect();
      }
    }
    return this.documents.map(({ name }, item) => {
      const signature = this.signed.get(item);
      if (signature === undefined || this.certificate === undefined) throw new BidSealError('message_invalid');
      return { name, certificate: this.certificate, signature };
    });
  }

  private async describe(): Promise<GrantItem[]> {
    const items: GrantItem[] = [];
    for (const [item, { name }] of this.documents.entries()) {
      items.push({ name, digest: await contentDigest(await this.read(item)) });
    }
    return items;
  }

  private async read(item: number): Promise<Uint8Array<ArrayBuffer>> {
    const { name, content } = this.documents[item] as DocumentToSign;
    const size = content instanceof Blob ? content.size : content.length;
    if (size > mostBytes) throw new BidSealError('limit_exceeded', { subject: name });
    return content instanceof Blob ? new Uint8Array(await content.arrayBuffer()) : content;
  }

  private async signRest(items: GrantItem[]): Promise<void> {
    const opened: GrantOpenResult = await this.client.request(
      'grant.open',
      {
        key: this.keyId,
        purpose: 'sign',
        input: 'message',
        items,
        batch: toBase64(this.batch),
        ...(this.options.minutes === undefined ? {} : { minutes: this.options.minutes }),
      },
      this.keyOptions(),
    );
    const missing = items.map((_, item) => item).filter((item) => !this.signed.has(item));
    while (missing.length > 0) {
      const { certificate, signatures } = await this.signSome(opened.grant, missing);
      this.certificate = fromBase64(certificate);
      for (const { item, signature } of signatures) this.signed.set(item, fromBase64(signature));
      this.options.onProgress?.(this.signed.size, items.length);
    }
    // All signatures are here: the bridge may forget the batch.
    await this.client.request('grant.close', { grant: opened.grant });
  }

  /** Takes the first of the missing, as many as fit into one request. */
  private async signSome(
    grant: string,
    missing: number[],
  ): Promise<{ certificate: string; signatures: ItemSignature[] }> {
    const items: { item: number; message: string }[] = [];
    for (let bytes = 0; missing.length > 0 && items.length < itemsAtOnce && bytes < bytesAtOnce; ) {
      const item = missing.shift() as number;
      const content = await this.read(item);
      bytes += content.length;
      items.push({ item, message: toBase64(content) });
    }
    return this.client.request('sign.messages', { grant, items }, this.keyOptions());
  }

  private keyOptions(): KeyOptions {
    const { signal, onStage } = this.options;
    return { ...(signal === undefined ? {} : { signal }), ...(onStage === undefined ? {} : { onStage }) };
  }

  private async reconnect(): Promise<void> {
    for (let i = 0; i < reconnectTries && this.options.signal?.aborted !== true; i += 1) {
      const { state } = await this.client.connect();
      if (state === 'ready' || state === 'pin_low') return;
      await new Promise((resolve) => setTimeout(resolve, reconnectPause));
    }
  }
}
