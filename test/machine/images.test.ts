import { describe, expect, test } from 'vitest';
import { checkImages, type PlacedImage } from '../../src/machine/images.ts';
import { at, makeMachine } from '../helpers/machine.ts';

const MIB = 1n << 20n;
const LOADABLE = 0x47n;
const RAM = 0x0fn;

const image = (start: bigint, size: bigint, isFile = true): PlacedImage => ({
  title: isFile ? `file at ${start}` : 'the string',
  range: { start, size },
  isFile,
  path: ['images', 0],
});

function found(images: readonly PlacedImage[], entry = 0n, flags = LOADABLE): string[] {
  const cell = makeMachine({ revision: 14, architecture: 'arm64', cpus: [1] }).cells[0]!;
  cell.header.cpu_reset_address = entry;
  cell.memoryRegions = [at(0n, MIB, flags, 0x60000000n), at(MIB, MIB, RAM, 0x60100000n)];
  return checkImages(cell, images).map(({ code }) => code);
}

describe('what is loaded into a cell', () => {
  test.each([
    ['a file where the CPUs start', [image(0n, 0x2000n)]],
    ['a file up to the end of its region', [image(0n, MIB)]],
    ['a string in a file’s own space', [image(0n, 0x2000n), image(0x1000n, 5n, false)]],
    ['two files side by side', [image(0n, 0x1000n), image(0x1000n, 0x1000n)]],
  ])('can be %s', (_, images) => {
    expect(found(images)).toEqual([]);
  });

  test.each([
    ['outside of every region', [image(4n * MIB, 1n)]],
    ['beyond the end of its region', [image(0n, MIB + 1n)]],
    ['in memory that nothing is loaded to', [image(MIB, 1n)]],
  ])('cannot be %s', (_, images) => {
    expect(found(images)).toEqual(['machine/image']);
  });

  test('does not go over another file unnoticed', () => {
    expect(found([image(0n, 0x1001n), image(0x1000n, 0x1000n)])).toEqual(['machine/image-overlap']);
  });

  test.each([
    ['where nothing is loaded', 0x2000n, LOADABLE],
    ['outside of the cell’s memory', 4n * MIB, LOADABLE],
    ['in memory that is not executable', 0n, 0x43n],
  ])('is not where the CPUs start: %s', (_, entry, flags) => {
    expect(found([image(0n, 0x2000n)], entry, flags)).toEqual(['machine/entry']);
  });

  test('may be code that is there without being loaded', () => {
    expect(found([image(0n, 0x2000n)], MIB)).toEqual([]);
  });
});
