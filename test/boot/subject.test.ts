import { describe, expect, test } from 'vitest';
import type { InputError } from '../../src/base/diagnostic.ts';
import { overwrittenLoader, readSubject, type UnpackedBundle } from '../../src/boot/subject.ts';
import { createCellConfig } from '../../src/formats/cell/create.ts';
import { boxSubject } from '../helpers/boxes.ts';
import { outcomeOf } from '../helpers/input-error.ts';

const STAND_IN = Uint8Array.of(1, 2, 3);

const FILES = { kernel: 'kernel', initrd: '/boot/initrd', loader: 'linux-loader.bin', params: 'params' };

/** An unpacked bundle whose initrd stays on the target, and whose loader is installed there. */
function unpacked(change: Partial<UnpackedBundle> = {}): UnpackedBundle {
  const { cell, params, load } = boxSubject();
  const inMetadata = [...load.map(({ role }) => role), 'initrd' as const].map((role, index) => ({
    role,
    file: FILES[role as keyof typeof FILES],
    address: `0x${(index * 0x100000).toString(16)}`,
    size: 0x1000,
  }));
  return {
    metadata: {
      cell: { architecture: 'x86' },
      cmdline: '',
      load: inMetadata,
    } as unknown as UnpackedBundle['metadata'],
    name: 'demo',
    cell,
    system: null,
    files: new Map(['kernel', 'params'].map((name) => [name, { file: `/unpacked/${name}`, size: 0x1000 }])),
    params,
    given: { initrd: { file: '/home/initrd', size: 0x2000 } },
    ...change,
  };
}

const read = (change?: Partial<UnpackedBundle>) => readSubject(unpacked(change), () => STAND_IN);

describe('the images of a bundle', () => {
  test('are its own files, what was given beside it, and a loader that does the same as Jailhouse’s', () => {
    const { subject, usesStandIn } = read();
    expect(usesStandIn).toBe(true);
    expect(subject.load.map(({ role, size, content }) => [role, size, content])).toEqual([
      ['loader', 3, { bytes: STAND_IN }],
      ['kernel', 0x1000, { file: '/unpacked/kernel' }],
      ['params', 0x1000, { file: '/unpacked/params' }],
      ['initrd', 0x2000, { file: '/home/initrd' }],
    ]);
  });

  test('are told of where they stay on the target', async () => {
    const { diagnostic } = (await outcomeOf(() => read({ given: {} }))) as InputError;
    expect(diagnostic).toMatchObject({
      code: 'boot/missing-file',
      message: 'the bundle does not hold the initrd: it stays on the target as /boot/initrd',
      fix: 'give the same file with --initrd',
    });
  });
});

test.each([3, 8, 9, 10] as const)('a cell of config revision %i is not started', async (revision) => {
  const cell = createCellConfig({ revision, architecture: 'x86', name: 'old', cpus: [1], memoryRegions: [] });
  const { diagnostic } = (await outcomeOf(() => read({ cell }))) as InputError;
  expect(diagnostic).toMatchObject({
    code: 'boot/release',
    requested: 'Jailhouse 0.12 or newer (config revision 12)',
    actual: `config revision ${revision}`,
  });
});

describe('params over the second part of Jailhouse’s loader', () => {
  const withParams = (size: number) => {
    const subject = boxSubject();
    const load = subject.load.map((image) => (image.role === 'params' ? { ...image, size } : image));
    return overwrittenLoader({ ...subject, load });
  };

  test('are a death that the loader in its place does not see', () => {
    expect(withParams(0x3001)).toMatchObject({
      code: 'boot/died',
      message: expect.stringContaining('the params image ends at 0x4001'),
      symptom: 'FATAL: Unexpected #VMEXIT, exitcode 7f',
    });
  });

  test('that end in front of it do no harm; nor does a device tree', () => {
    expect(withParams(0x3000)).toBeNull();
    expect(overwrittenLoader({ ...boxSubject(), architecture: 'arm64' })).toBeNull();
  });
});
