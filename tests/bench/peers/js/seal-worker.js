// Sealing by other libraries: pdf-lib draws the picture and leaves room for the signature, @signpdf fills it.
import './node-buffer.js';
import { P12Signer } from '@signpdf/signer-p12';
import { pdflibAddPlaceholder } from '@signpdf/placeholder-pdf-lib';
import { SignPdf } from '@signpdf/signpdf';
import { PDFDocument } from 'pdf-lib';

const pointsPerMm = 72 / 25.4;

async function seal({ file, p12, passphrase, picture, leftMm, topMm, sizeMm }) {
  const document = await PDFDocument.load(await file.arrayBuffer(), { updateMetadata: false });
  const image = await document.embedPng(picture);
  const page = document.getPage(0);
  const size = sizeMm * pointsPerMm;
  page.drawImage(image, { x: leftMm * pointsPerMm, y: page.getHeight() - topMm * pointsPerMm - size, width: size, height: size });
  pdflibAddPlaceholder({ pdfDoc: document, reason: '', contactInfo: '', name: '', location: '', signatureLength: 16384 });
  const prepared = await document.save({ useObjectStreams: false });
  return new SignPdf().sign(Buffer.from(prepared), new P12Signer(p12, { passphrase }));
}

onmessage = async ({ data }) => {
  try {
    const sealed = await seal(data);
    postMessage({ sealed: new Blob([sealed], { type: 'application/pdf' }) });
  } catch (error) {
    postMessage({ error: String(error) });
  }
};
