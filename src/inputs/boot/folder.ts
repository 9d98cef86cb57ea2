import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileFault } from '../fault.ts';

/** A path of a socket has at most 107 bytes (sys/un.h), with its names in the folder. */
const SOCKET_PATH_LIMIT = 80;

const folders = new Set<string>();
let isInstalled = false;

/** A folder for what QEMU reads, with a path that is short enough for sockets; it goes when this process ends. */
export function makeBoxFolder(): string {
  const wanted = tmpdir();
  const parent = wanted.length > SOCKET_PATH_LIMIT ? '/tmp' : wanted;
  let folder: string;
  try {
    folder = mkdtempSync(join(parent, 'jb-'));
  } catch (error) {
    throw fileFault('output/unwritable', `cannot write to ${parent}`, error);
  }
  folders.add(folder);
  if (!isInstalled) {
    isInstalled = true;
    process.on('exit', () => {
      for (const each of folders) rmSync(each, { recursive: true, force: true });
    });
  }
  return folder;
}

/** @param keep its files are of use to somebody */
export function dropBoxFolder(folder: string, keep: boolean): void {
  folders.delete(folder);
  if (!keep) rmSync(folder, { recursive: true, force: true });
}
