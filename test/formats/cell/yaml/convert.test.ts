import { describe, expect, test } from 'vitest';
import { encodeConfig } from '../../../../src/formats/cell/yaml/compile.ts';
import { convertConfig } from '../../../../src/formats/cell/yaml/convert.ts';
import { decompileConfig, writeDescription } from '../../../../src/formats/cell/yaml/decompile.ts';
import { parseDescription } from '../../../../src/formats/cell/yaml/parse.ts';
import { REVISIONS } from '../../../../src/formats/cell/releases.ts';
import type { Revision } from '../../../../src/formats/cell/releases.ts';
import type { Architecture } from '../../../../src/base/choices.ts';
import { cellVectors } from '../../../helpers/vectors.ts';
import { oneIn, somePlaces } from '../../../helpers/runs.ts';

interface Conversion {
  text: string;
  notes: string[];
}

function convert(
  description: string,
  from: Revision,
  to: Revision,
  architecture: Architecture = 'x86',
): Conversion {
  const text = `format: cell\nrevision: ${from}\narchitecture: ${architecture}\nname: demo\n${description}`;
  const { config, problems } = parseDescription(text);
  expect(problems).toEqual([]);
  const converted = convertConfig(config!, to, architecture);
  expect(converted.problems).toEqual([]);
  const again = writeDescription(converted.config!, architecture, null);
  return {
    text: again.split('\n').slice(6).join('\n').trim(),
    notes: converted.notes.map(({ code, message }) => `${code} ${message}`),
  };
}

describe('names keep their meaning, whatever their numbers', () => {
  test.each([
    [11, 12, 'memory:\n  - { start: 0x1000, size: 8K, flags: [ io_unaligned ] }'],
    [9, 10, 'flags: [ test_device ]'],
    [
      12,
      14,
      'flags: [ virtual_console_permitted ]\nmemory:\n  - { start: 0x1000, size: 8K, flags: [ no_hugepages ] }',
    ],
    [10, 11, 'ports: [ 0x60-0x64, 0x3f8-0x3ff ]'],
    [14, 3, 'ports: [ 0x60-0x64, 0x3f8-0x3ff ]'],
  ] as const)('%i to %i: %s', (from, to, description) => {
    const { text, notes } = convert(description, from, to);
    expect(text.replaceAll(/\n+/g, '\n')).toBe(description);
    expect(notes.filter((note) => !note.includes('start at another address'))).toEqual([]);
  });
});

describe('it says what changes', () => {
  test('a field that is not there', () => {
    const { text, notes } = convert('msg_reply_timeout: 1000', 14, 3);
    expect(text).toBe('');
    expect(notes).toEqual([
      expect.stringMatching(/^convert\/meaning .*start at another address/),
      expect.stringMatching(
        /^convert\/lost `msg_reply_timeout` is not in revision 3 \(Jailhouse 0\.6\): it is left out/,
      ),
    ]);
  });

  test('flags that are not there', () => {
    const { text, notes } = convert('flags: [test_device, virtual_console_active, aarch32]', 13, 9);
    expect(text).toBe('flags: [ test_device ]');
    expect(notes).toEqual([
      expect.stringContaining('`virtual_console_active`'),
      expect.stringContaining('`aarch32`'),
    ]);
  });

  test('a bit without a name', () => {
    const { text, notes } = convert('memory: [{ size: 4K, flags: [0x200] }]', 11, 12);
    expect(text).toContain('0x200');
    expect(notes).toEqual([
      expect.stringMatching(/^convert\/number `memory\[0\]\.flags\[0\]` keeps its number 0x200/),
    ]);
  });

  test('an ivshmem link', () => {
    const link =
      'memory: [{ name: net, shmem_net: { start: 1M, dev_id: 1 } }]\npci_devices: [{ type: ivshmem, bdf: 00:0e.0, shmem_regions: net, shmem_dev_id: 1, shmem_peers: 2, shmem_protocol: veth }]';
    const { text, notes } = convert(link, 12, 10);
    expect(text).toContain('shmem_protocol: veth');
    expect(text.match(/start: 0x1[08]?[01]?000/g)).toHaveLength(3);
    expect(notes).toEqual([
      expect.stringMatching(/^convert\/meaning 1 ivshmem device/),
      expect.stringContaining('shmem_dev_id'),
      expect.stringContaining('shmem_peers'),
    ]);
  });

  test('a UART that the guest is no longer told of', () => {
    const { notes } = convert('ports: [0x3f0-0x3ff]', 10, 12);
    expect(notes).toEqual([expect.stringMatching(/^convert\/meaning the guest learns of other UARTs/)]);
  });

  test('all ports, which one region cannot hold', () => {
    expect(convert('ports: [0x0-0xffff]', 10, 12).text).toBe('ports: [ 0x0-0x7fff, 0x8000-0xffff ]');
  });

  test('which IOMMU a unit is', () => {
    const text =
      'format: system\nrevision: 10\narchitecture: x86\niommu_units: [{ base: 1M }, {}, { amd_bdf: 00:00.2 }]\nroot_cell: { name: root }\n';
    const { config, notes } = convertConfig(parseDescription(text).config!, 12, 'x86');
    expect(writeDescription(config!, 'x86', null)).toMatch(
      /type: intel, base: 0x100000[^]*type: amd, amd_bdf: 00:00.2/,
    );
    expect(notes.map(({ message }) => message)).toEqual([
      'IOMMU unit 0 is assumed to be intel: the old format does not say',
      'IOMMU unit 2 is assumed to be amd: the old format does not say',
    ]);
  });
});

test.each(cellVectors())(
  '$id goes to any revision, and keeps what that can hold',
  ({ hex, arch, revision }) => {
    const { config } = decompileConfig(new Uint8Array(Buffer.from(hex, 'hex')), arch);
    const targets = somePlaces(REVISIONS.length, oneIn(250)).map((place) => REVISIONS[place]!);
    for (const target of new Set([revision as Revision, ...targets])) {
      const converted = convertConfig(config, target, arch);
      expect(converted.problems).toEqual([]);
      expect(converted.config!.revision).toBe(target);
      const bytes = encodeConfig(converted.config!);
      if (target === revision) expect(Buffer.from(bytes).toString('hex')).toBe(hex);
      const { config: again } = parseDescription(decompileConfig(bytes, arch, { revision: target }).text);
      expect(encodeConfig(again!)).toEqual(bytes);
    }
  },
);
