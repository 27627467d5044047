// pdf.js opens PDFs: prints for each file a line of JSON with its pages and what it finds on them. Arguments: files.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const fromWeb = createRequire(new URL('../../../web/package.json', import.meta.url));
const { getDocument, VerbosityLevel } = await import(fromWeb.resolve('pdfjs-dist/legacy/build/pdf.mjs'));

for (const file of process.argv.slice(2)) {
  const task = getDocument({ data: new Uint8Array(readFileSync(file)), verbosity: VerbosityLevel.ERRORS, disableFontFace: true });
  const document = await task.promise;
  const found = [];
  for (let number = 1; number <= document.numPages; number += 1) {
    const page = await document.getPage(number);
    for (const { subtype, fieldType, fieldName, hasAppearance, rect } of await page.getAnnotations()) {
      found.push({ page: number, subtype, fieldType: fieldType ?? null, fieldName: fieldName ?? null, hasAppearance, rect });
    }
    // Drawing instructions are what a broken picture or font would spoil.
    await page.getOperatorList({ intent: 'print' });
  }
  console.log(JSON.stringify({ pages: document.numPages, found, signatures: document.hasSignatures ?? null }));
  await task.destroy();
}
