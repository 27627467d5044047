import { BidSealError } from '../error.js';
import type { CoreModule } from '../core/core-module.js';
import { throughBuffer, unpack } from '../core/guarded.js';
import type { DocumentCheck, DocumentInput, Encoded, TenderFile, Trust } from '../types/bid.js';
import type { Operation } from './operation.js';
import { readAll, readRange } from './reading.js';

const mostTenderBytes = 32 << 20; // as the core's limit: larger files are not even read

export async function openTenderFile(core: CoreModule, file: Blob, trust: Trust): Promise<TenderFile> {
  if (file.size > mostTenderBytes) throw new BidSealError('limit_exceeded');
  const bytes = await readRange(file, 0, file.size);
  const session = new core.TenderSession();
  try {
    for (const certificate of trust.roots) unpack(session.addRoot(certificate));
    for (const certificate of trust.intermediates ?? []) unpack(session.addIntermediate(certificate));
    for (const list of trust.crls ?? []) unpack(session.addCrl(list));
    return { ...unpack(session.open(bytes)), bytes };
  } finally {
    session.delete();
  }
}

export async function checkDocument(
  core: CoreModule,
  input: { tender: Encoded; envelope: string; document: DocumentInput },
  operation: Operation,
): Promise<DocumentCheck> {
  const { envelope, document } = input;
  const session = new core.DocumentSession();
  try {
    unpack(session.begin(input.tender, envelope, document.slot, document.path, document.file.size));
    operation.expect(document.file.size, 1);
    for await (const piece of readAll([document.file])) {
      throughBuffer(core, piece.bytes, (length) => unpack(session.write(length)));
      operation.advance(piece.bytes.length, 'reading', envelope, document.path);
    }
    return unpack(session.finish());
  } finally {
    session.delete();
  }
}
