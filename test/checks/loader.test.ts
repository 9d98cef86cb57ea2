import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { checkLoader } from '../../src/checks/loader.ts';
import { createCellConfig } from '../../src/formats/cell/create.ts';
import { makeArm64Image } from '../helpers/arm-kernels.ts';
import { utf8 } from '../helpers/bytes.ts';
import { makeBootableKernel, makeCell } from '../helpers/cell-files.ts';
import { makeElf } from '../helpers/elf.ts';
import { evaluate } from '../helpers/evaluation.ts';
import { makeArm64Loader, makeLoader } from '../helpers/loader.ts';
import { newc } from '../helpers/newc.ts';
import { makeProgram } from '../helpers/program.ts';

const cell = (revision: 8 | 14) =>
  createCellConfig({
    revision,
    architecture: 'x86',
    name: 'demo',
    cpus: [1],
    memoryRegions: [],
    irqchips: [],
  });

const found = (
  file: Uint8Array,
  architecture: 'x86' | 'arm64' | 'arm' | null = 'x86',
  revision: 8 | 14 = 14,
) =>
  checkLoader(file, file.length, cell(revision), architecture).map(
    ({ severity, message }) => `${severity}: ${message}`,
  );

/** A32 code: each instruction has its condition in its highest bits. */
function arm32(): Uint8Array {
  const file = new Uint8Array(2048);
  const view = new DataView(file.buffer);
  for (let at = 0; at < file.length; at += 4) view.setUint32(at, 0xe1a00000 + at, true);
  return file;
}

describe('a loader', () => {
  it.each([
    ['of x86', makeLoader(), 'x86'],
    ['of arm64', makeArm64Loader(), 'arm64'],
    ['for whom nobody said what', makeArm64Loader(), null],
  ] as const)('%s has nothing against it', (_, file, architecture) => {
    expect(found(file, architecture)).toEqual([]);
  });

  it.each([
    ['a text', utf8('not a loader')],
    ['a text', utf8('#!/bin/sh\n'.repeat(100))],
    ['an ELF file', makeProgram()],
    ['an ELF file', makeElf()],
    ['a kernel', makeBootableKernel()],
    ['a kernel', makeArm64Image()],
    ['a Jailhouse cell config', makeCell()],
    ['a cpio archive (an initrd?)', newc([{ name: 'init' }])],
    ['packed with gzip', gzipSync(makeLoader())],
    ['a file of 100 bytes', makeLoader('', 1 << 20).subarray(0, 100)],
    ['code for arm64', makeArm64Loader()],
    ['code for arm', arm32()],
  ])('that is %s is refused', (what, file) => {
    expect(found(file)).toEqual([`error: the loader is ${what}, and not Jailhouse's linux-loader.bin`]);
  });

  it('larger than any is told by its first bytes', () => {
    const kernel = makeBootableKernel();
    const told = (head: Uint8Array) => checkLoader(head, 8 << 20, cell(14), 'x86');
    expect(told(kernel)).toMatchObject([{ code: 'loader/format', severity: 'error', actual: 'a kernel' }]);
    expect(told(makeLoader())).toMatchObject([{ actual: 'a file of 8 MiB' }]);
  });

  it('of another architecture is refused on arm, too', () => {
    expect(found(makeLoader(), 'arm64')[0]).toMatch('code for x86');
    expect(found(makeArm64Loader(), 'arm')[0]).toMatch('code for arm64');
    expect(found(arm32(), 'arm64')[0]).toMatch('code for arm,');
  });

  it('without the signature of the comm region is doubtful from Jailhouse 0.9 on', () => {
    const file = makeLoader().fill(0, 0x100);
    expect(found(file)).toEqual([expect.stringMatching(/^warning: the text JHCOMM is not in the loader/)]);
    expect(found(file, 'x86', 8)).toEqual([]);
  });
});

it('that is too large is one fault', () => {
  const codes = (loader: Uint8Array, loaderSize: number) =>
    evaluate({}, { loader, loaderSize }).diagnostics.map(({ code }) => code);
  expect(codes(makeBootableKernel(), 8 << 20)).toEqual(['loader/format']);
  // Its code is right, but for another cell.
  expect(codes(makeLoader(), 0x30000)).toEqual(['placement/loader']);
});

it('that is refused can be waived', () => {
  const loader = utf8('not a loader');
  const codes = (waive: { rule: string; reason: string; until: null }[] = []) =>
    evaluate({ checks: { profile: null, require: {}, rules: [], waive } }, { loader }).diagnostics.map(
      ({ code, severity, waived }) => `${waived ? 'waived' : severity} ${code}`,
    );
  expect(codes()).toEqual(['error loader/format']);
  expect(codes([{ rule: 'loader/format', reason: 'it is our own', until: null }])).toEqual([
    'waived loader/format',
  ]);
});
