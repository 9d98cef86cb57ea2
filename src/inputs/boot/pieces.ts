import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Box } from '../../boot/box.ts';
import { pieceName } from '../../boot/load.ts';
import type { Piece } from '../../boot/paint.ts';
import type { LoadedPiece } from '../../boot/qemu-arguments.ts';
import type { BoxImage } from '../../boot/types.ts';

const READ_SIZE = 1 << 20;

/** A part of an image, as a file of its own. */
async function writePiece(piece: Piece<BoxImage>, file: string): Promise<void> {
  const { of, offset, range } = piece;
  const start = Number(offset);
  const end = start + Number(range.size);
  if ('bytes' in of.content) return writeFile(file, of.content.bytes.subarray(start, end));
  const source = await open(of.content.file);
  const target = await open(file, 'w');
  try {
    for (let at = start; at < end;) {
      const { bytesRead, buffer } = await source.read({
        buffer: Buffer.allocUnsafe(Math.min(READ_SIZE, end - at)),
        position: at,
      });
      if (bytesRead === 0) break;
      await target.writeFile(buffer.subarray(0, bytesRead));
      at += bytesRead;
    }
  } finally {
    await Promise.all([source.close(), target.close()]);
  }
}

/** The files that QEMU loads: images as they are, where nothing is written over them. */
export async function writePieces(
  { pieces, blob }: Box,
  layout: { blob: bigint },
  folder: string,
): Promise<LoadedPiece[]> {
  const loaded: LoadedPiece[] = [];
  for (const piece of pieces) {
    const { of, range } = piece;
    const isWhole = range.size === BigInt(of.size);
    if (isWhole && 'file' in of.content) {
      loaded.push({ file: of.content.file, address: range.start });
      continue;
    }
    const file = join(folder, pieceName(piece));
    await writePiece(piece, file);
    loaded.push({ file, address: range.start });
  }
  const blobFile = join(folder, 'blob');
  await writeFile(blobFile, blob);
  return [...loaded, { file: blobFile, address: layout.blob }];
}
