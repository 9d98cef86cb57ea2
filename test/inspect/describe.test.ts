import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { encodeCellConfig, parseCellConfig } from '../../src/formats/cell/config.ts';
import type { CellConfig } from '../../src/formats/cell/types.ts';
import { toJson } from '../../src/cli/output.ts';
import { InputError } from '../../src/base/diagnostic.ts';
import { describeFile, describeInText } from '../../src/inspect/describe.ts';
import type { Description } from '../../src/inspect/layout.ts';
import type { Versioned } from '../../src/formats/cell/layout-ids.ts';
import { detectKind } from '../../src/inspect/kind.ts';
import { printable } from '../../src/base/text.ts';
import { inspectFiles } from '../helpers/inspect-files.ts';
import { printedContent } from '../helpers/output.ts';
import { cellVectors } from '../helpers/vectors.ts';

const files = inspectFiles();
const golden = (name: string): string => `../fixtures/inspect/${name}`;

async function inspect(file: Uint8Array, layout?: Versioned): Promise<Description> {
  const kind = detectKind(file);
  if (kind === 'bundle') throw new Error('a bundle');
  return describeFile(kind, file, undefined, layout);
}

describe.each([...files])('%s', (name, file) => {
  test('as the schema of all output has it', async () => {
    const { content } = await inspect(file);
    expect(printedContent(content)).toMatchObject({ kind: content.kind });
  });

  test('in text', async () => {
    await expect(`${describeInText(await inspect(file))}\n`).toMatchFileSnapshot(golden(`${name}.txt`));
  });
});

describe.each(['14-cell-x86-0', '12-system-x86', 'kernel', 'kernel-vmlinux', 'kernel-zimage', '14-params'])(
  '%s',
  (name) => {
    test('in JSON', async () => {
      const json = JSON.stringify(printedContent((await inspect(files.get(name)!)).content), null, 2);
      await expect(`${json}\n`).toMatchFileSnapshot(golden(`${name}.json`));
    });
  },
);

test('every config of the vectors is described, with no number that its text lacks a name for', async () => {
  const unnamed = new Set<string>();
  for (const { hex } of cellVectors()) {
    const text = describeInText(await inspect(Buffer.from(hex, 'hex')));
    for (const [found] of text.matchAll(/.*unknown .*/g)) unnamed.add(found.trim());
  }
  expect([...unnamed]).toEqual([]);
});

describe('what a file is', () => {
  const refusal = (head: Uint8Array): InputError['diagnostic'] => {
    try {
      detectKind(head);
    } catch (error) {
      if (error instanceof InputError) return error.diagnostic;
    }
    throw new Error('was recognized');
  };

  test('is told by its content', () => {
    const kinds = [...files].map(([name, file]) => [name.replace(/^\d+-|-.*$/g, ''), detectKind(file)]);
    expect(new Set(kinds.map((pair) => pair.join(' is a ')))).toEqual(
      new Set(['cell is a cell', 'system is a system', 'params is a params', 'kernel is a kernel']),
    );
    expect(detectKind(Buffer.from('1f8b0800', 'hex'))).toBe('bundle');
    expect(detectKind(Buffer.concat([Buffer.alloc(257, 1), Buffer.from('ustar\x0000')]))).toBe('bundle');
  });

  test('a note in front of a config is named', () => {
    const note = Buffer.from('040000001000000005000000474e5500', 'hex');
    const file = Buffer.concat([note, files.get('14-cell-x86-0')!]);
    expect(refusal(file)).toMatchObject({ code: 'cell/gnu-property-note' });
  });

  test('anything else is refused with what there is', () => {
    expect(refusal(Buffer.from('# a text\n'))).toMatchObject({
      code: 'inspect/unknown',
      requested: expect.stringContaining(
        'a kernel (bzImage, Image, zImage, vmlinux), a device tree, an x86 params image, or a bundle',
      ),
      actual: 'a file that starts with 2320612074657874',
    });
    expect(refusal(Buffer.from('\x7fELF\x02\x01\x01'))).toMatchObject({
      code: 'inspect/unknown',
      fix: expect.stringContaining('objcopy'),
    });
  });
});

describe('a cell', () => {
  const cell = (edit: (config: CellConfig) => void, name = '14-cell-x86-0'): Promise<Description> => {
    const config = parseCellConfig(files.get(name)!);
    edit(config);
    // Odd values and loose bytes together belong to no layout, so it is given.
    return inspect(encodeCellConfig(config), { revision: config.revision });
  };
  const lineOf = (description: Description, label: string): string | undefined =>
    describeInText(description)
      .split('\n')
      .find((line) => line.trim().startsWith(label));

  test('shows unknown flag bits, trailing bytes and what has no name', async () => {
    const description = await cell((config) => {
      config.header.flags = 0x80000011;
      config.memoryRegions = [{ phys_start: 1n, virt_start: 2n, size: 3n, flags: (1n << 63n) | 0x8101n }];
      config.pciDevices[0]!.type = 9;
      config.trailing = new Uint8Array(56);
    });
    expect(lineOf(description, 'flags')).toMatch(/ passive_commreg virtual_console_active unknown 0x10$/);
    expect(describeInText(description)).toMatch(
      / read no_hugepages io_unaligned unknown 0x8000000000000000$/m,
    );
    expect(lineOf(description, '41:15.0')).toMatch(/41:15.0 {2}unknown \(9\)/);
    expect(lineOf(description, 'trailing')).toMatch(/ 56, after the end that the counts give$/);
  });

  test('says why it has no name', async () => {
    const description = await cell((config) => config.header.name.fill(0xff));
    expect(description.content).toMatchObject({ name: null });
    expect(describeInText(description)).toMatch(/^cell config without a usable name: .* is not UTF-8\n/);
  });

  test('says what an ARM console is reached by', async () => {
    const console = {
      address: 0x9000000n,
      size: 0x1000,
      type: 3,
      flags: 0x1003,
      divider: 13,
      gate_nr: 2,
      clock_reg: 0x10n,
    };
    const description = await cell((config) => (config.header.console = console));
    expect(lineOf(description, 'console')).toMatch(
      / pl011 at 0x9000000, 4 KiB, mmio regdist_4 inverted_gate, divider 13, clock gate 2 at 0x10$/,
    );
  });

  test('lists CPUs and ports as ranges, whatever the width', async () => {
    const description = await cell((config) => {
      config.cpus = Uint8Array.of(0b1011_0000, 0xff, 1);
      config.pio = {
        regions: [
          { base: 0x3f8, length: 8 },
          { base: 0x70, length: 1 },
          { base: 0x80, length: 0 },
        ],
      };
    });
    expect(lineOf(description, 'CPUs')).toMatch(/ 4-5,7-16$/);
    expect(lineOf(description, 'I/O ports')).toMatch(/ 0x3f8-0x3ff, 0x70$/);
    expect(lineOf(description, 'UARTs')).toMatch(/ ttyS0$/);
    expect(lineOf(await cell((config) => (config.cpus = new Uint8Array())), 'CPUs')).toMatch(/ none$/);
  });

  test('with a thousand memory regions is shown whole', async () => {
    const regions = Array.from({ length: 1000 }, (_, index) => ({
      phys_start: 0n,
      virt_start: BigInt(1000 - index) << 12n,
      size: 0x1000n,
      flags: 1n,
    }));
    const text = describeInText(await cell((config) => (config.memoryRegions = regions)));
    expect(text.match(/^ +999 {2}0x1000\.\./m)).not.toBeNull();
    expect(text.split('\n').length).toBeGreaterThan(1000);
  });
});

test('nothing that could control a terminal is printed', async () => {
  expect(printable('a\x1b[31m\n\u009b\u202e\u{e0001}é\\')).toBe(
    'a\\u{1b}[31m\\u{a}\\u{9b}\\u{202e}\\u{e0001}é\\',
  );
  const value = { text: 'a\x1b\n\u009b\u202e\u{e0001}\x7fé"\\' };
  const json = toJson(value);
  expect(json).toMatch(/^[\n\x20-\x7eé]+$/);
  expect(JSON.parse(json)).toEqual(value);

  const params = Buffer.from(files.get('14-params')!);
  const end = params.length - 1;
  params.set(Buffer.from('\x1b]0;x\x07\n'), end - 8);
  expect(describeInText(await inspect(params))).toContain('\\u{1b}]0;x\\u{7}\\u{a}');
});

test('gzip that is no bundle', () => {
  const head = gzipSync(Buffer.from('070701'.padEnd(4096, '0'))).subarray(0, 1024);
  expect(() => detectKind(head)).toThrow('this is gzip, but not a bundle');
  expect(detectKind(Uint8Array.of(0x1f, 0x8b, 8))).toBe('bundle');
});
