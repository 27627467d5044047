// All files' bytes in order in slices of 4 MiB, with the next ones already under way, so that reading
// overlaps computing; small files are read many at a time.
const sliceSize = 4 << 20;
const aheadBytes = 12 << 20;
const aheadSlices = 32;

function* slicesOf(files) {
  for (const [index, file] of files.entries()) {
    let offset = 0;
    do {
      const end = Math.min(file.size, offset + sliceSize);
      const whole = offset === 0 && end === file.size;
      yield { index, last: end === file.size, length: end - offset, part: whole ? file : file.slice(offset, end) };
      offset = end;
    } while (offset < file.size);
  }
}

export async function* readSlices(files) {
  const slices = slicesOf(files);
  const pending = [];
  let bytesPending = 0;
  for (;;) {
    while (pending.length < aheadSlices && (pending.length === 0 || bytesPending < aheadBytes)) {
      const next = slices.next();
      if (next.done) break;
      const { index, last, length, part } = next.value;
      pending.push({ index, last, length, bytes: part.arrayBuffer() });
      bytesPending += length;
    }
    const first = pending.shift();
    if (first === undefined) return;
    bytesPending -= first.length;
    yield { index: first.index, last: first.last, bytes: new Uint8Array(await first.bytes) };
  }
}
