import { describe, expect, test } from 'vitest';
import { parseManifest } from '../../src/manifest/parse.ts';
import { readAlone } from '../../src/manifest/layers.ts';
import { parseWishFile } from '../../src/manifest/wish/file.ts';
import { lineAndColumn } from '../../src/formats/yaml/source.ts';

const manifest = (generate: string): string =>
  `system: root.cell\nboard: board.dtb\nkernel: { image: Image }\ncell:\n  generate:\n${generate.replaceAll(/^/gm, '    ')}\n`;

function wishIn(generate: string) {
  const { manifest: parsed, problems } = parseManifest(manifest(generate));
  expect(problems).toEqual([]);
  const cell = parsed!.cell;
  if (typeof cell === 'string' || cell.kind !== 'wish') throw new Error('no wish');
  return cell;
}

/** Each problem as `line code message`. */
const problemsIn = (text: string): string[] =>
  parseManifest(text).problems.map(
    ({ code, message, range }) => `${lineAndColumn(text, range!.start).line} ${code} ${message}`,
  );

describe('a wish', () => {
  test('has all that it says, and null for what is open', () => {
    expect(wishIn('cpus: 2\nmemory: 512M')).toEqual({
      kind: 'wish',
      cpus: { count: 2 },
      memory: { size: 512n << 20n, at: null },
      console: null,
      clockRate: null,
      devices: [],
      links: [],
      vpciIrqBase: null,
      regions: [],
      tree: null,
    });
  });

  test('says each thing in several ways', () => {
    const wish = wishIn(
      [
        'cpus: 2-3',
        'memory: { size: 512M, at: 0xc0000000 }',
        'console: 0x30a60000',
        'clock-rate: 24000000',
        'devices: [ ethernet1, { node: /soc@0/i2c@30a30000, clocks: { ipg: 66000000 }, interrupts: [ 35 ] } ]',
        'links: [ { to: root, kind: net }, { to: rtos, kind: custom, size: 1M }, { to: root, kind: block, device: 00:02.0 } ]',
        'vpci-irq-base: 100',
        'regions: [ { start: 0x30000000, size: 4K, flags: [ read, io ] } ]',
        'tree: fragment.dtbo',
      ].join('\n'),
    );
    expect(wish).toMatchObject({
      cpus: { set: [2, 3] },
      memory: { size: 512n << 20n, at: 0xc0000000n },
      console: '0x30a60000',
      clockRate: 24000000,
      devices: [
        { node: 'ethernet1', clocks: {}, interrupts: null },
        { node: '/soc@0/i2c@30a30000', clocks: { ipg: 66000000 }, interrupts: [35] },
      ],
      links: [
        { to: 'root', kind: 'net', size: null, bdf: null },
        { to: 'rtos', kind: 'custom', size: 1n << 20n, bdf: null },
        { to: 'root', kind: 'block', size: null, bdf: 0x10 },
      ],
      vpciIrqBase: 100,
      tree: 'fragment.dtbo',
    });
    expect(wish.regions).toHaveLength(1);
    expect(wishIn('cpus: [3]\nmemory: 1G\nconsole: none')).toMatchObject({
      cpus: { set: [3] },
      console: null,
    });
  });

  test('names the overlay among the files', () => {
    const text = manifest('cpus: 1\nmemory: 1G\ntree: fragment.dtbo');
    expect(parseManifest(text).files.map(({ file }) => file)).toContain('fragment.dtbo');
  });
});

describe('what is wrong with one', () => {
  test.each([
    ['cpus: 0\nmemory: 1G', '6 manifest/value `generate.cpus` cannot be 0'],
    ['cpus: 2\nmemory: 1M\nclock-rate: 0', '8 manifest/value `generate.clock-rate` is 0'],
    ['cpus: 2\nmemory: 0', '7 manifest/value `generate.memory` is 0'],
    ['cpus: 2\nmemroy: 1G', '7 manifest/unknown-key unknown key `memroy` in `generate`'],
    [
      'cpus: 2\nmemory: 1G\nlinks: [ { to: root, kind: nte } ]',
      '8 manifest/value `generate.links[0].kind` cannot be `nte`',
    ],
    ['cpus: 2\nmemory: 1G\nlinks: [ { kind: net } ]', '8 manifest/missing `generate.links[0].to` is missing'],
    ['cpus: 2', '5 manifest/missing `generate.memory` is missing'],
    [
      'cpus: 2\nmemory: 1G\ndevices: [ { clocks: {} } ]',
      '8 manifest/value `generate.devices[0]` names no device',
    ],
    ['cpus: 2\nmemory: { at: 0x100000 }', '7 manifest/value `generate.memory` has no `size`'],
  ])('%j', (generate, wanted) => {
    expect(problemsIn(manifest(generate))).toContain(wanted);
  });

  test('that the machine is missing, or the tree is there twice', () => {
    expect(
      problemsIn('kernel: { image: Image }\ncell: { generate: { cpus: 1, memory: 1G } }\ndtb: a.dtb\n'),
    ).toEqual([
      '2 manifest/missing `system` is missing: a cell is made from the machine that it is cut out of',
      '3 manifest/conflict `dtb` is given, and `cell.generate` makes the cell’s device tree',
    ]);
  });
});

describe('a file with a wish alone', () => {
  test('needs no kernel', () => {
    const { wish, problems, files } = parseWishFile(
      readAlone(
        'name: demo\nsystem: root.cell\nboard: b.dtb\nroot: { cmdline: mem=768M }\ncell: { generate: { cpus: 1, memory: 1G } }\n',
      ),
    );
    expect(problems).toEqual([]);
    expect(wish).toMatchObject({
      name: 'demo',
      system: 'root.cell',
      board: 'b.dtb',
      root: { cmdline: 'mem=768M' },
    });
    expect(files.map(({ file }) => file)).toEqual(['root.cell', 'b.dtb']);
  });

  test('may be a manifest, whose kernel is not looked at', () => {
    const { wish, files } = parseWishFile(readAlone(manifest('cpus: 1\nmemory: 1G')));
    expect(wish?.cell.cpus).toEqual({ count: 1 });
    expect(files.map(({ file }) => file)).toEqual(['root.cell', 'board.dtb']);
  });

  test('must have a wish', () => {
    const { wish, problems } = parseWishFile(readAlone('system: root.cell\ncell: linux.cell\n'));
    expect(wish).toBeNull();
    expect(problems.map(({ code }) => code)).toEqual(['manifest/missing']);
  });
});
