// The documents of a bid for the tests of the pages: real ones, with names that trouble programs.
import { deflateSync, crc32 } from 'node:zlib';
import * as documents from '../lib/fixtures/documents.ts';
import { pseudoRandom } from '../lib/fixtures/random.ts';

/** A PNG of one colour that fades downwards. */
export function png(width: number, height: number): Buffer {
  const rows = Buffer.alloc(height * (1 + width * 3));
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) rows.set([40 + (y % 200), 90, 90 + (x % 100)], y * (1 + width * 3) + 1 + x * 3);
  }
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const ends = Buffer.alloc(8);
    ends.writeUInt32BE(data.length, 0);
    ends.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Names and bytes by slot; the video is `videoBytes` long. */
export function bidDocuments(videoBytes: number): Record<string, [string, Buffer][]> {
  return {
    'qualification-licence': [
      ['营业执照.pdf', documents.pdf('Business licence')],
      ['营业执照（副本）.png', png(640, 420)],
    ],
    'qualification-record': [['类似业绩 2023–2025.pdf', documents.pdf('References', 12)]],
    'technical-plan': [
      ['施工组织设计.docx', documents.docx('施工组织设计')],
      ['总平面图.dwg', documents.dwg(300_000)],
      ['施工模拟.mp4', Buffer.concat([documents.mp4Header(), pseudoRandom(videoBytes, 7)])],
      ['空白附件.txt', Buffer.alloc(0)],
      [`${'很长的名字'.repeat(12)}.pdf`, documents.pdf('long name')],
    ],
    'price-schedule': [['分项报价表.xlsx', documents.xlsx(2000)]],
  };
}
