import { describe, expect, test } from 'vitest';
import { parseDescription } from '../../../../src/formats/cell/yaml/parse.ts';
import { lineAndColumn } from '../../../../src/formats/yaml/source.ts';

const START = 'format: cell\nrevision: 12\narchitecture: x86\nname: demo\n';

/** Each problem as `line:column code message (fix)`. */
function problemsOf(text: string, options = {}): string[] {
  const { config, problems } = parseDescription(text, options);
  expect(config === null).toBe(problems.length > 0);
  return problems.map(({ range, code, message, fix }) => {
    const { line, column } = lineAndColumn(text, range!.start);
    return `${line}:${column} ${code} ${message} (${fix})`;
  });
}

const cases: [what: string, rest: string, problem: RegExp][] = [
  ['broken YAML', 'memory: [', /^5:9 description\/yaml .*is not closed/],
  ['a tab', 'memory:\n\t- {}', /^6:1 description\/yaml .*tab/],
  ['a key twice', 'id: 1\nid: 2', /^6:1 description\/duplicate-key `id` is given twice/],
  [
    'a typo of a key',
    'memroy: []',
    /^5:1 description\/unknown-key unknown key `memroy` \(did you mean `memory`\?\)/,
  ],
  [
    'a typo in an entry',
    'memory:\n  - { siz: 4K }',
    /^6:7 description\/unknown-key unknown key `siz` in `memory\[0\]` \(did you mean `size`\?\)/,
  ],
  [
    'a number beyond 64 bits',
    'cpu_reset_address: 0x10000000000000000',
    /^5:20 description\/value .*does not fit 64 bits/,
  ],
  [
    'a decimal number beyond 64 bits',
    'cpu_reset_address: 18446744073709551616',
    /^5:20 description\/value .*64 bits/,
  ],
  ['a size beyond 64 bits', 'memory: [{ size: 17179869184G }]', /^5:18 description\/value .*64 bits/],
  [
    'a number beyond 32 bits',
    'vpci_irq_base: 4294967296',
    /^5:16 description\/value .*does not fit 32 bits.*0xffffffff/,
  ],
  ['a negative number', 'id: -1', /^5:5 description\/value `id` cannot be `-1`/],
  ['a fraction', 'id: 1.5', /^5:5 description\/value `id` cannot be `1.5`/],
  ['a CPU set beyond u32', 'cpu_set_size: 0x100000000', /^5:15 description\/value .*32 bits/],
  ['a CPU set beyond any file', 'cpu_set_size: 0xffffffff', /^5:15 description\/value .*bytes are read/],
  [
    'a CPU beyond the set',
    'cpus: 60-64',
    /^5:7 description\/value `cpus` has CPU 64.*`cpu_set_size` makes it wider/,
  ],
  [
    'a range of CPUs that ends in no number',
    'cpus: 2,4-x',
    /^5:7 description\/value `cpus` cannot be `2,4-x` \(write numbers and ranges: `2-3`, `0,2-3`\)$/,
  ],
  [
    'pins with a comma in a flow map',
    'irqchips: [{ address: 0xfec00000, pins: 4,16 }]',
    /^5:43 description\/unknown-key .*\(a comma in `\{ \}` ends the value: write `pins: '4,16'`, or `pins: \[4, 16\]`\)$/,
  ],
  [
    'more pins with commas in a flow map, as one mistake with all that was written',
    'irqchips: [{ address: 0xfec00000, pins: 3-4,0x10,18-x }]',
    /^5:45 description\/unknown-key .*\(a comma in `\{ \}` ends the value: write `pins: '3-4,0x10,18-x'`, or `pins: \[3-4, 0x10, 18-x\]`\)$/,
  ],
  [
    'ports that are none',
    'ports: [serial]',
    /^5:9 description\/value .*\(write ports in hex, `0x60` or `0x3f8-0x3ff`\)$/,
  ],
  ['CPUs backwards', 'cpus: 3-2', /^5:7 description\/value .*ends before it begins/],
  ['CPUs that are words', 'cpus: all', /^5:7 description\/value `cpus` cannot be `all`/],
  [
    'an unknown flag',
    'memory:\n  - size: 4K\n    flags: [read, raed]',
    /^7:19 description\/value `memory\[0\]\.flags\[1\]` cannot be `raed` \(did you mean `read`\?\)/,
  ],
  [
    'a flag of another release',
    'flags: [aarch32]',
    /^5:9 description\/not-in-release .*`aarch32`.*revision 12 \(Jailhouse 0\.12\).*revisions 13 to 14/,
  ],
  ['a flag that is gone', 'flags: [debug_console]', /^5:9 description\/not-in-release .*revisions 3 to 9/],
  [
    'a type of another release',
    'console: { type: scif }',
    /^5:18 description\/not-in-release .*revisions 13 to 14/,
  ],
  ['an unknown type', 'console: { type: vt100 }', /^5:18 description\/value .*known here: .*pl011/],
  [
    'flags that are no list',
    'flags: passive_commreg',
    /^5:8 description\/type `flags` must be a list, not text \(write it as `\[passive_commreg\]`\)/,
  ],
  ['a list where a map stands', 'console: []', /^5:10 description\/type `console` must be a map, not a list/],
  ['a key without a value', 'memory:', /^5:1 description\/type `memory` must be a list, not empty/],
  ['a bad BDF', 'pci_devices: [{ type: device, bdf: 00:20.0 }]', /^5:36 description\/value .*up to 1f/],
  [
    'a device without a BDF',
    'pci_devices:\n  - type: device',
    /^6:5 description\/missing `pci_devices\[0\]\.bdf` is missing/,
  ],
  [
    'an ivshmem device without regions',
    'pci_devices:\n  - { type: ivshmem, bdf: 00:0e.0 }',
    /^6:5 description\/missing .*shmem_regions` is missing/,
  ],
  [
    'a region that is not there',
    'memory: [{ name: net }]\npci_devices:\n  - { type: ivshmem, bdf: 00:0e.0, shmem_regions: nte }',
    /^7:51 description\/reference .*names `nte`.*did you mean `net`\?/,
  ],
  [
    'regions that are no neighbours',
    'memory: [{ name: a }, {}, { name: b }]\npci_devices:\n  - { type: ivshmem, bdf: 00:0e.0, shmem_regions: [a, b] }',
    /^7:55 description\/reference .*is not the entry that follows/,
  ],
  [
    'a capability that is not there',
    'pci_devices:\n  - { type: device, bdf: 00:0e.0, caps: [msi] }',
    /^6:42 description\/reference .*`pci_caps`/,
  ],
  ['two entries of one name', 'memory: [{ name: a }, { name: a }]', /^5:31 description\/duplicate /],
  [
    'two ways to say a place',
    'memory: [{ start: 1M, phys_start: 1M }]',
    /^5:19 description\/conflict .*is given together with/,
  ],
  [
    'a third side of a network',
    'memory: [{ shmem_net: { start: 1M, dev_id: 2 } }]',
    /^5:44 description\/value .*write 0 or 1/,
  ],
  [
    'a size beside a network',
    'memory: [{ size: 1M, shmem_net: { start: 1M, dev_id: 1 } }]',
    /^5:18 description\/conflict .*four regions/,
  ],
  [
    'a pin beyond the 128',
    'irqchips: [{ pin_base: 32, pins: 160 }]',
    /^5:34 description\/value .*has pin 160.*32 to 159/,
  ],
  ['a port range that no region holds', 'ports: [0x0-0xffff]', /^5:9 description\/value .*too large/],
  [
    'a bitmap where there is none',
    'pio_bitmap_size: 8192',
    /^5:18 description\/not-in-release .*revisions 3 to 10/,
  ],
  ['bytes that are no hex', 'trailing: 0g', /^5:11 description\/value .*pairs of hex digits/],
  ['more bytes than any file', 'trailing: 00*999999999', /^5:11 description\/value .*too many bytes/],
  [
    'a stream id with a wrong key',
    'stream_ids: [{ id: 1, mask: 2 }]',
    /^5:14 description\/value `stream_ids\[0\]` must be a stream id/,
  ],
  [
    'a protocol beyond its range',
    'pci_devices: [{ bdf: 00:01.0, shmem_protocol: custom:0x4000 }]',
    /^5:47 description\/value /,
  ],
  ['a manifest’s key', 'kernel: { image: bzImage }', /^5:1 description\/unknown-key unknown key `kernel`/],
];

describe('one clear error at its place', () => {
  test.each(cases)('%s', (_, rest, expected) => {
    const problems = problemsOf(`${START}${rest}\n`);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(expected);
  });
});

test('a name has at most 31 bytes', () => {
  const named = (name: string): string[] => problemsOf(START.replace('demo', name));
  expect(named('x'.repeat(31))).toEqual([]);
  expect(named('x'.repeat(32))).toEqual([
    '4:7 description/value `name` has 32 bytes; there is room for 31, and a NUL (shorten it)',
  ]);
  expect(named('é'.repeat(16))).toHaveLength(1);
  expect(named('"a\\0b"')).toEqual(['4:7 description/value `name` has a NUL in it (remove it)']);
});

test('a name may look like a number', () => {
  const { config } = parseDescription(START.replace('demo', '0x10'));
  expect(
    new TextDecoder().decode(config!.kind === 'cell' ? config!.header.name.subarray(0, 5) : undefined),
  ).toBe('0x10\0');
});

test('several problems are told together, in the order of the text', () => {
  const lines = problemsOf(`${START}memory:\n  - { size: x }\n  - { flags: [y] }\ncpus: z\n`).map(
    (line) => line.split(' ')[0],
  );
  expect(lines).toEqual(['6:13', '7:15', '8:7']);
});

describe('what kind of file it is', () => {
  test.each([
    ['', /description\/empty/],
    ['- a', /description\/type a description is a map/],
    ['name: a\n', /^1:1 description\/missing `format` is missing/],
    ['format: manifest\n', /^1:9 description\/value `format` must be cell or system/],
    [
      'cell: a.cell\nkernel: { image: b }\n',
      /description\/wrong-kind this is a manifest.*`jailhouse-bundle check`/,
    ],
  ])('%j', (text, expected) => {
    expect(problemsOf(text)).toEqual([expect.stringMatching(expected)]);
  });
});

describe('the release and the architecture', () => {
  const of = (lines: string, options = {}): string[] =>
    problemsOf(`format: cell\nname: a\n${lines}`, options);

  test.each([
    ['release: 0.12\narchitecture: x86', []],
    ["release: '0.10'\narchitecture: x86", []],
    ['release: 0.10\nrevision: 10\narchitecture: arm', []],
    ['release: git\nrevision: 14\narchitecture: arm64', []],
    ['architecture: x86', [/`release` is missing/]],
    ['release: 0.13\narchitecture: x86', [/^3:10 .*cannot be `0.13`/]],
    ['revision: 15\narchitecture: x86', [/^3:11 .*revisions 3 to 14 exist/]],
    ['release: 0.12\nrevision: 13\narchitecture: x86', [/^4:11 description\/conflict .*`release` is 0.12/]],
    ['revision: 13', [/`architecture` is missing/]],
    ['revision: 13\narchitecture: mips', [/^4:15 .*cannot be `mips`/]],
  ])('%j', (lines, expected) => {
    expect(of(lines)).toEqual(expected.map((each) => expect.stringMatching(each)));
  });

  test('may be given from outside', () => {
    expect(of('', { revision: 9, architecture: 'arm' })).toEqual([]);
    expect(of('revision: 12\narchitecture: x86', { revision: 9 })).toEqual([]);
    expect(of('revision: 12\narchitecture: x86', { architecture: 'arm' })).toEqual([
      expect.stringMatching(/^4:15 description\/conflict `architecture` is x86, not arm/),
    ]);
  });
});

test('a system says what it lacks, too', () => {
  const text = `format: system
revision: 10
architecture: arm64
iommu_units: [{ type: smmuv3, base: 1M }]
platform: { pm_timer_address: 0x608, tail: 00 }
root_cell:
  flags: [aarch32]
`;
  expect(problemsOf(text)).toEqual([
    expect.stringMatching(/^4:14 description\/not-in-release `iommu_units`/),
    expect.stringMatching(/^5:31 description\/value .*belongs to x86/),
    expect.stringMatching(/^5:44 description\/value .*has 1 byte /),
    expect.stringMatching(/^6:1 description\/missing `root_cell.name`/),
    expect.stringMatching(/^7:11 description\/not-in-release/),
  ]);
});
