import type { PDFDataRangeTransport as Transport, PDFDocumentProxy, RenderTask } from 'pdfjs-dist';
import type { TextRun } from './find-text';
import workerAddress from 'pdfjs-dist/build/pdf.worker.min.mjs?url';

/** Pages of a PDF as pictures. */
export interface Preview {
  readonly pages: number;
  /** Draws a page (from 0), so wide in CSS pixels; a drawing that is under way is given up. */
  draw(page: number, canvas: HTMLCanvasElement, width: number): Promise<void>;
  /** Its text, for a page that is so many millimetres wide. */
  text(page: number, widthMm: number): Promise<TextRun[]>;
  dispose(): void;
}

/** Of the letters' size: how far the middle of a line stands above its base line. */
const middleOfLine = 0.35;
const chunk = 256 << 10;

/** Opens a file, of which only the parts that are needed are read. Throws what pdf.js says of it. */
export async function openPreview(file: Blob): Promise<Preview> {
  const pdfjs = await import('pdfjs-dist');
  pdfjs.GlobalWorkerOptions.workerSrc = workerAddress;

  class FileTransport extends (pdfjs.PDFDataRangeTransport as typeof Transport) {
    override requestDataRange(begin: number, end: number): void {
      void file
        .slice(begin, end)
        .arrayBuffer()
        .then((bytes) => this.onDataRange(begin, new Uint8Array(bytes)));
    }
  }

  const first = new Uint8Array(await file.slice(0, chunk).arrayBuffer());
  const beside = (folder: string): string => new URL(`./pdfjs/${folder}/`, location.href).href;
  const task = pdfjs.getDocument({
    range: new FileTransport(file.size, first),
    rangeChunkSize: chunk,
    disableAutoFetch: true,
    disableStream: true,
    cMapUrl: beside('cmaps'),
    standardFontDataUrl: beside('standard_fonts'),
    wasmUrl: beside('wasm'),
    iccUrl: beside('iccs'),
    verbosity: pdfjs.VerbosityLevel.ERRORS,
  });
  const document = await task.promise;
  return new DrawnPages(document, () => void task.destroy());
}

class DrawnPages implements Preview {
  readonly pages: number;
  readonly dispose: () => void;
  private readonly document: PDFDocumentProxy;
  private drawing: RenderTask | undefined;

  constructor(document: PDFDocumentProxy, dispose: () => void) {
    this.document = document;
    this.pages = document.numPages;
    this.dispose = dispose;
  }

  async text(index: number, widthMm: number): Promise<TextRun[]> {
    const page = await this.document.getPage(index + 1);
    const viewport = page.getViewport({ scale: widthMm / page.getViewport({ scale: 1 }).width });
    const { items } = await page.getTextContent();
    return items.flatMap((item): TextRun[] => {
      if (!('str' in item) || item.str === '') return [];
      const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = item.transform as number[];
      const [x, y] = [e + c * middleOfLine, f + d * middleOfLine];
      const length = item.width / (Math.hypot(a, b) || 1);
      const shown = (at: number[]): TextRun['from'] => {
        const [leftMm = 0, topMm = 0] = viewport.convertToViewportPoint(at[0] ?? 0, at[1] ?? 0) as number[];
        return { leftMm, topMm };
      };
      return [{ text: item.str, from: shown([x, y]), to: shown([x + a * length, y + b * length]) }];
    });
  }

  async draw(index: number, canvas: HTMLCanvasElement, width: number): Promise<void> {
    this.drawing?.cancel();
    const page = await this.document.getPage(index + 1);
    const natural = page.getViewport({ scale: 1 });
    const viewport = page.getViewport({ scale: (width / natural.width) * devicePixelRatio });
    // Drawn beside and copied when it is done: the old page stays until then.
    const fresh = window.document.createElement('canvas');
    fresh.width = Math.round(viewport.width);
    fresh.height = Math.round(viewport.height);
    const task = page.render({ canvas: fresh, viewport });
    this.drawing = task;
    try {
      await task.promise;
    } catch (error) {
      if (error instanceof Error && error.name === 'RenderingCancelledException') return;
      throw error;
    }
    canvas.width = fresh.width;
    canvas.height = fresh.height;
    canvas.getContext('2d')?.drawImage(fresh, 0, 0);
    page.cleanup();
  }
}
