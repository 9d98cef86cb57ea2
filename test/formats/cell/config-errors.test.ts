import { describe, expect, test } from 'vitest';
import { cellName, encodeCellConfig, parseCellConfig } from '../../../src/formats/cell/config.ts';
import { createCellConfig } from '../../../src/formats/cell/create.ts';
import { encodeSystemConfig, parseSystemConfig } from '../../../src/formats/cell/system.ts';
import type { CellConfig, SystemConfig } from '../../../src/formats/cell/types.ts';
import { InputError, type Diagnostic } from '../../../src/base/diagnostic.ts';
import { cellVectors } from '../../helpers/vectors.ts';

function faultOf(step: () => unknown): Diagnostic {
  try {
    step();
  } catch (error) {
    if (error instanceof InputError) return error.diagnostic;
    throw error;
  }
  throw new Error('nothing was refused');
}

const text = (content: string): Uint8Array => new TextEncoder().encode(content);
const make = (revision: CellConfig['revision']): CellConfig =>
  createCellConfig({ revision, architecture: 'x86', name: 'demo', cpus: [1], memoryRegions: [] });
const file = (revision: CellConfig['revision'] = 14): Uint8Array => encodeCellConfig(make(revision));
const systemBytes = (revision: number): Uint8Array =>
  new Uint8Array(
    Buffer.from(cellVectors().find((one) => one.kind === 'system' && one.revision === revision)!.hex, 'hex'),
  );

/** A copy with some bytes changed. */
function changed(source: Uint8Array, at: number, ...values: number[]): Uint8Array {
  const copy = source.slice();
  copy.set(values, at);
  return copy;
}

describe('what is no cell config', () => {
  const note = new Uint8Array(Buffer.from('0400000010000000050000 00474e5500'.replaceAll(' ', ''), 'hex'));

  test.each<[string, Uint8Array, Partial<Diagnostic>]>([
    [
      'an empty file',
      new Uint8Array(0),
      { code: 'cell/signature', message: 'this is not a cell config: the file is empty' },
    ],
    [
      'another file',
      text('#!/bin/sh\n'),
      {
        code: 'cell/signature',
        message:
          'this is not a cell config: it starts with 23 21 2f 62 69 6e, not with a Jailhouse signature',
      },
    ],
    [
      'the object file',
      text('\x7fELF\x02\x01\x01'),
      {
        code: 'cell/signature',
        fix: 'this is the object file; turn it into a config with `objcopy -O binary`',
      },
    ],
    ['a file that ends in its signature', text('JHCELL\x0d'), { code: 'cell/truncated' }],
    [
      "a file with objcopy's note in front",
      new Uint8Array([...note, ...new Uint8Array(16), ...file()]),
      {
        code: 'cell/gnu-property-note',
        fix: 'build it with `objcopy -O binary --remove-section=.note.gnu.property`, or compile with `-fcf-protection=none -Wa,-mx86-used-note=no`',
      },
    ],
    [
      'the system config',
      systemBytes(14),
      {
        code: 'cell/wrong-kind',
        message: 'this is a system config, not a cell config',
        fix: 'the root cell belongs under `system:`; `cell:` needs the config of the inmate',
      },
    ],
    [
      'a signature of another revision',
      changed(file(13), 6, 14, 0),
      { code: 'cell/signature', message: 'the signature does not belong to revision 14, which has JHCLL' },
    ],
    ['an unknown architecture', changed(file(14), 5, 3), { code: 'cell/architecture', actual: '3' }],
  ])('%s', (_, given, wanted) => {
    expect(faultOf(() => parseCellConfig(given))).toMatchObject(wanted);
  });

  test.each([0, 1, 2, 15, 256, 0x0e0e, 65535])('revision %i', (revision) => {
    const given = changed(file(13), 6, revision & 0xff, revision >> 8);
    expect(faultOf(() => parseCellConfig(given))).toEqual({
      code: 'cell/revision',
      severity: 'error',
      message: `the cell config has revision ${revision}`,
      requested: 'revisions 3 (Jailhouse 0.6) to 14 (git since 2023-01) are supported',
      actual: `revision ${revision}`,
      fix: 'revisions 3 (Jailhouse 0.6) to 14 (git since 2023-01) are supported; build the config with the headers of one of those',
    });
  });

  test('a cell config where the system config is wanted', () => {
    expect(faultOf(() => parseSystemConfig(file()))).toMatchObject({
      code: 'cell/wrong-kind',
      message: 'this is a cell config, not a system config',
    });
  });
});

test('counts that the file does not fulfil name the table, and where it would end', () => {
  const regions = changed(file(), 52, 0xff, 0xff, 0xff, 0xff);
  expect(faultOf(() => parseCellConfig(regions))).toMatchObject({
    code: 'cell/truncated',
    message:
      'the cell config is cut short: the table of memory regions (4294967295 of 32 bytes) ends at byte 137438953580, the file has 140 bytes',
  });
  for (const at of [48, 52, 56, 60, 64, 68, 72, 76]) {
    expect(faultOf(() => parseCellConfig(changed(file(), at, 0xff, 0xff, 0xff, 0xff))).code).toBe(
      'cell/truncated',
    );
  }
  const system = systemBytes(14);
  expect(faultOf(() => parseSystemConfig(system.subarray(0, 300)))).toMatchObject({
    code: 'cell/truncated',
    message: expect.stringContaining('the platform part ends at byte 356') as string,
  });
});

describe('the name of a cell', () => {
  const named = (...bytes: number[]): CellConfig => parseCellConfig(changed(file(), 8, ...bytes));

  test('is what stands in front of the first NUL', () => {
    expect(cellName(named(0x61, 0, 0x62))).toBe('a');
    expect(cellName(named(...text('Zelle ä')))).toBe('Zelle ä');
    expect(cellName(named(...new Uint8Array(31).fill(0x7a)))).toBe('z'.repeat(31));
  });

  test.each<[string, number[], string]>([
    ['empty', [0], 'is empty'],
    ['no UTF-8', [0xff, 0], 'is not UTF-8'],
    ['too long', [...new Uint8Array(32).fill(0x7a)], 'has no NUL within its 32 bytes'],
    ['with a newline', [0x61, 0x0a], 'holds a control character'],
    ['with a C1 control', [0x61, 0xc2, 0x85, 0], 'holds a control character'],
  ])('%s', (_, bytes, why) => {
    expect(faultOf(() => cellName(named(...bytes)))).toMatchObject({
      code: 'cell/name',
      message: `the cell's name ${why}`,
    });
  });
});

describe('what cannot be written', () => {
  test.each<[string, CellConfig, string]>([
    [
      'a flag of 33 bits',
      { ...make(14), header: { ...make(14).header, flags: (1 << 30) << 1 } },
      'flags: -2147483648 does not fit 32 bits',
    ],
    [
      'a negative address',
      { ...make(14), memoryRegions: [{ phys_start: -1n, virt_start: 0n, size: 0n, flags: 0n }] },
      'phys_start: -1 does not fit 64 bits',
    ],
    [
      'a reset address in revision 4',
      { ...make(4), header: { ...make(4).header, cpu_reset_address: 0n } },
      'cpu_reset_address: there is no such field',
    ],
    ['port regions in revision 10', { ...make(10), pio: { regions: [] } }, 'pio: this revision has a bitmap'],
    [
      'a port bitmap in revision 11',
      { ...make(11), pio: { bitmap: new Uint8Array(0) } },
      'pio: this revision has a list of regions',
    ],
    ['stream ids in revision 11', { ...make(11), streamIds: [1] }, 'streamIds: this layout has none'],
    [
      'another revision in the header',
      { ...make(13), header: { ...make(13).header, revision: 12 } },
      'header.revision: 12 in a config of revision 13',
    ],
    [
      'a name of 33 bytes',
      { ...make(13), header: { ...make(13).header, name: new Uint8Array(33) } },
      'name: 33 bytes where 32 are required',
    ],
  ])('%s', (_, config, why) => {
    expect(faultOf(() => encodeCellConfig(config))).toMatchObject({
      code: 'cell/value',
      message: `the config cannot be written: ${why}`,
    });
  });

  test('a signature that is not of the revision', () => {
    const config = make(13);
    expect(
      faultOf(() => encodeCellConfig({ ...config, header: { ...config.header, signature: text('JHCELX') } }))
        .code,
    ).toBe('cell/signature');
  });

  test.each<[string, number, Partial<SystemConfig>, string]>([
    ['a signature too long', 14, { signature: text('JHSYSTEM!') }, 'signature: must be JHSYS'],
    ['too few IOMMU units', 14, { iommuUnits: [] }, 'iommuUnits: 0 where 8 are required'],
    ['a domain in revision 8', 8, { pciDomain: 1 }, 'pci_domain: there is no such field'],
    ['no domain is 17 bits', 12, { pciDomain: 0x10000 }, 'pci_domain: 65536 does not fit 16 bits'],
  ])('system config: %s', (_, revision, change, why) => {
    const config = parseSystemConfig(systemBytes(revision));
    expect(faultOf(() => encodeSystemConfig({ ...config, ...change }))).toMatchObject({
      code: 'cell/value',
      message: `the config cannot be written: ${why}`,
    });
  });

  test('a union that is not filled', () => {
    const config = parseSystemConfig(systemBytes(13));
    const platform = { ...config.platform, tail: new Uint8Array(99) };
    expect(faultOf(() => encodeSystemConfig({ ...config, platform })).message).toMatch(
      /platform\.tail: 99 bytes where \d+ are required/,
    );
  });
});
