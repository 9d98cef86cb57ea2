import { describe, expect, test } from 'vitest';
import type { Revision } from '../../../src/formats/cell/releases.ts';
import type { CellConfig } from '../../../src/formats/cell/types.ts';
import { encodeConfig } from '../../../src/formats/cell/yaml/compile.ts';
import { convertConfig } from '../../../src/formats/cell/yaml/convert.ts';
import { decompileConfig } from '../../../src/formats/cell/yaml/decompile.ts';
import { parseDescription } from '../../../src/formats/cell/yaml/parse.ts';

const INTX_11 = [0xffffff00, 0xffffffff, 0, 0, 0, 0];
const MSIX_11 = [0xffffff00, 0xffffffff, 0, 0, 0xffffffe0, 0xffffffff];
const INTX = [0xfffff000, 0, 0, 0, 0, 0];
const MSIX_12 = [0xfffff000, 0xfffffe00, 0, 0, 0, 0];
const MSIX_14 = [0xfffff000, 0xfffff000, 0, 0, 0, 0];

function compile(revision: Revision, vectors: number, more = ''): CellConfig {
  const text = `format: cell
revision: ${revision}
architecture: x86
name: links
cpus: 1
memory: [{ name: link, start: 0x1000000, size: 4K }]
pci_devices:
  - { type: ivshmem, bdf: 00:0e.0, num_msix_vectors: ${vectors}, shmem_regions: link${more} }
`;
  const { config, problems } = parseDescription(text);
  expect(problems).toEqual([]);
  return config as CellConfig;
}

const barsOf = ({ pciDevices }: CellConfig): readonly number[] => pciDevices[0]!.bar_mask;

describe.each<[Revision, number[], number[]]>([
  [3, INTX_11, MSIX_11],
  [10, INTX_11, MSIX_11],
  [11, INTX_11, MSIX_11],
  [12, INTX, MSIX_12],
  [13, INTX, MSIX_12],
  [14, INTX, MSIX_14],
])('an ivshmem device of revision %i', (revision, intx, msix) => {
  test.each([
    [0, intx],
    [2, msix],
  ])('with %i vectors has the BARs of that revision', (vectors, bars) => {
    const config = compile(revision, vectors);
    expect(barsOf(config)).toEqual(bars);
    const { text } = decompileConfig(encodeConfig(config), 'x86');
    expect(text).not.toContain('bar_mask');
  });
});

test('other BARs are written out', () => {
  const config = compile(14, 2, ', bar_mask: [0xfffff000, 0xfffffe00]');
  expect(barsOf(config)).toEqual(MSIX_12);
  const { text } = decompileConfig(encodeConfig(config), 'x86');
  expect(text).toContain('bar_mask: [ 0xfffff000, 0xfffffe00, ');
});

test('the usual BARs of one revision become those of the other', () => {
  const { config, notes } = convertConfig(compile(12, 2), 14, 'x86');
  expect(barsOf(config as CellConfig)).toEqual(MSIX_14);
  expect(notes).toEqual([]);
});
