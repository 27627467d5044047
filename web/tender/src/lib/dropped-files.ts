/** A file that the user gave, and its path below the folder that was dropped or chosen. */
export interface GivenFile {
  file: File;
  /** '/'-separated; the plain name for single files. */
  path: string;
}

/** Files of an `<input type="file">`, with or without a folder. */
export function filesOfInput(input: HTMLInputElement): GivenFile[] {
  return [...(input.files ?? [])].map((file) => ({ file, path: file.webkitRelativePath || file.name }));
}

/** Everything that was dropped, folders with all that is in them. Call it while the event is being handled. */
export async function filesOfDrop(transfer: DataTransfer): Promise<GivenFile[]> {
  // The list is emptied when the event ends: take the entries before the first wait.
  const entries = [...transfer.items]
    .filter((item) => item.kind === 'file')
    .map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  const found: GivenFile[] = [];
  for (const { entry, file } of entries) {
    if (entry === null) {
      if (file !== null) found.push({ file, path: file.name });
    } else {
      await collect(entry, '', found);
    }
  }
  return found;
}

async function collect(entry: FileSystemEntry, folder: string, found: GivenFile[]): Promise<void> {
  const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    found.push({ file, path });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    // A reader gives at most a hundred entries at a time.
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return;
    for (const each of some) await collect(each, path, found);
  }
}
