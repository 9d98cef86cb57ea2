import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeRange } from '../../../src/base/ranges.ts';
import { parseIomem, systemRam, type IomemEntry } from '../../../src/formats/root/iomem.ts';
import { refusalOf } from '../../helpers/input-error.ts';
import { RUNS } from '../../helpers/runs.ts';

const PC = `00000000-00000fff : Reserved
00001000-0009fbff : System RAM
00100000-3fffffff : System RAM
  01000000-01e00fff : Kernel code
  02000000-0273ffff : Kernel rodata
40000000-4effffff : Reserved
f0000000-f7ffffff : PCI Bus 0000:00
  f0000000-f1ffffff : PCI Bus 0000:01
    f0000000-f0ffffff : 0000:01:00.0
      f0000000-f00fffff : efifb
  f2000000-f20fffff : 0000:00:02.0
100000000-17fffffff : System RAM
`;

const shape = ({ range, name, children }: IomemEntry): unknown => [
  describeRange(range),
  name,
  ...children.map(shape),
];

describe('a copy of /proc/iomem', () => {
  it('is a tree by its indentation', () => {
    expect(parseIomem(PC).slice(4).map(shape)).toEqual([
      [
        '0xf0000000..0xf8000000',
        'PCI Bus 0000:00',
        [
          '0xf0000000..0xf2000000',
          'PCI Bus 0000:01',
          ['0xf0000000..0xf1000000', '0000:01:00.0', ['0xf0000000..0xf0100000', 'efifb']],
        ],
        ['0xf2000000..0xf2100000', '0000:00:02.0'],
      ],
      ['0x100000000..0x180000000', 'System RAM'],
    ]);
  });

  it('says what Linux uses as RAM', () => {
    expect(systemRam(parseIomem(PC)).map(describeRange)).toEqual([
      '0x1000..0x9fc00',
      '0x100000..0x40000000',
      '0x100000000..0x180000000',
    ]);
  });

  it('may have the line ends of Windows', () => {
    expect(parseIomem(PC.replaceAll('\n', '\r\n'))).toEqual(parseIomem(PC));
  });

  it('is refused where it was read without root', () => {
    const zeros = PC.replaceAll(/[0-9a-f]{8,}-[0-9a-f]{8,}/g, '00000000-00000000');
    expect(refusalOf(() => parseIomem(zeros))).toBe(
      'root/iomem-zeros: all addresses of /proc/iomem are 0: it was read without root',
    );
  });

  it.each([
    ['', 'the copy of /proc/iomem has no lines'],
    ['\n\n', 'the copy of /proc/iomem has no lines'],
    ['mem=768M quiet', "line 1 is not one of /proc/iomem: 'mem=768M quiet'"],
    [`${PC}0000-`, "line 13 is not one of /proc/iomem: '0000-'"],
    ['00002000-00000fff : System RAM', "line 1 is not one of /proc/iomem: '00002000-00000fff : System RAM'"],
  ])('is refused where it is something else: %j', (text, message) => {
    expect(refusalOf(() => parseIomem(text))).toBe(`root/iomem-format: ${message}`);
  });

  it('keeps every line of a tree that is printed as Linux does', () => {
    const leaf = fc.record({ start: fc.bigInt(0n, 1n << 40n), size: fc.bigInt(1n, 1n << 32n) });
    const name = fc.constantFrom('System RAM', 'Reserved', '0000:00:1f.2', 'a : b');
    const { tree } = fc.letrec<{ tree: IomemEntry }>((tie) => ({
      tree: fc.record({
        range: leaf,
        name,
        children: fc.oneof({ maxDepth: 3 }, fc.constant([]), fc.array(tie('tree'), { maxLength: 3 })),
      }),
    }));
    const print = ({ range, name, children }: IomemEntry, depth: number): string =>
      `${'  '.repeat(depth)}${range.start.toString(16).padStart(8, '0')}-${(range.start + range.size - 1n).toString(16).padStart(8, '0')} : ${name}\n${children.map((child) => print(child, depth + 1)).join('')}`;
    fc.assert(
      fc.property(fc.array(tree, { minLength: 1 }), (entries) => {
        fc.pre(entries.some(({ range }) => range.start + range.size > 1n));
        expect(parseIomem(entries.map((entry) => print(entry, 0)).join(''))).toEqual(entries);
      }),
      { numRuns: RUNS },
    );
  });
});
