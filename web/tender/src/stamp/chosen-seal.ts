import { BidSealError, type Encoded, type SealInfo } from '@bidseal/sdk';
import { seals } from '../lib/seals';
import type { Size } from './places';

/** What is shown on the pages: an electronic seal, or a picture beside a plain signature. */
export interface ChosenSeal extends Size {
  name: string;
  picture: SealInfo['picture'];
  /** The electronic seal's bytes. */
  esl?: Encoded;
  info?: SealInfo;
}

const usualMm = 40;
const mostBytes = 4 << 20;

/** Reads a seal (`.esl`) or a picture (PNG, JPEG). Throws `seal_format`, `seal_picture`. */
export async function readSealFile(file: File): Promise<ChosenSeal> {
  if (file.size > mostBytes) throw new BidSealError('seal_picture', { subject: file.name });
  const data = new Uint8Array(await file.arrayBuffer());
  const kind = kindOf(data);
  if (kind === undefined) {
    const info = await seals().readSeal(data);
    const { widthMm, heightMm } = info.picture;
    return { name: info.name, picture: info.picture, esl: data, info, widthMm, heightMm };
  }
  const ratio = await ratioOf(data, kind);
  const [widthMm, heightMm] = [usualMm, Math.round((usualMm / ratio) * 10) / 10];
  return { name: file.name, picture: { kind, data, widthMm, heightMm }, widthMm, heightMm };
}

function kindOf(data: Encoded): 'png' | 'jpeg' | undefined {
  if (data[0] === 0x89 && data[1] === 0x50) return 'png';
  return data[0] === 0xff && data[1] === 0xd8 ? 'jpeg' : undefined;
}

async function ratioOf(data: Encoded, kind: string): Promise<number> {
  try {
    const bitmap = await createImageBitmap(new Blob([data], { type: `image/${kind}` }));
    const ratio = bitmap.width / bitmap.height;
    bitmap.close();
    return ratio;
  } catch (cause) {
    throw new BidSealError('seal_picture', { cause });
  }
}
