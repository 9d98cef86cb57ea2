import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from './helpers/docs.ts';

interface Home {
  knowledge: string;
  home: string;
  /** Files of src that had it, too. */
  gone: readonly string[];
  /** Code that only the home has. */
  only: readonly RegExp[];
}

/** Knowledge that once had several homes. */
const HOMES: readonly Home[] = [
  {
    knowledge: 'a config in either form',
    home: 'formats/cell/read.ts',
    gone: [
      'formats/cell/yaml/file.ts',
      'formats/cell/yaml/read.ts',
      'cell-yaml/file.ts',
      'cell-yaml/read.ts',
    ],
    only: [/export (?:const|(?:async )?function) (?:readConfig|isDescription)\b/],
  },
  {
    knowledge: 'reading all inputs',
    home: 'inputs/prepare.ts',
    gone: ['inputs/prepare-files.ts', 'node/prepare.ts', 'node/prepare-files.ts'],
    only: [/export (?:const|(?:async )?function) (?:prepareCell|prepareFiles)\b/],
  },
  {
    knowledge: 'overlap and joining of ranges, and their text',
    home: 'base/ranges.ts',
    gone: [],
    only: [/(?:const|function) (?:overlaps|joined|endOf|describeRange)\b/, /\$\{hex\([^}]*\)\}\.\.\$\{hex\(/],
  },
  {
    knowledge: 'runs of numbers',
    home: 'base/runs.ts',
    gone: ['inspect/words.ts', 'checks/cell/cpus.ts'],
    only: [/(?:const|function) (?:bitRuns|describeRuns|describeNumbers|numbersIn)\b/],
  },
  {
    knowledge: 'the CPUs, pins and ports of a cell',
    home: 'formats/cell/resources.ts',
    gone: ['formats/cell/irqchips.ts', 'formats/cell/ports.ts', 'base/uart-ports.ts'],
    only: [/(?:const|function) (?:cpusOf|pinsOf|ioapicPins|portRuns)\b/, /0x3f8, 0x2f8/],
  },
  {
    knowledge: 'what a device tree says of addresses, interrupts and clocks',
    home: 'formats/dtb/addresses.ts',
    gone: ['placement/arm/interrupts.ts', 'placement/arm/uarts.ts'],
    only: [/(?:const|function) (?:cpuAddress|busPassage|readRegisters)\b/],
  },
  {
    knowledge: 'memory flags and their words',
    home: 'formats/cell/names.ts',
    gone: [],
    only: [/'comm_region'|\bcomm_region: \[?\d/],
  },
  {
    knowledge: 'lists of architectures, profiles and placements',
    home: 'base/choices.ts',
    gone: [],
    only: [/\['x86', 'arm64', 'arm'\]/, /\['strict', 'mainline'\]/, /\['exact', 'upstream'\]/],
  },
  {
    knowledge: 'which compression this is',
    home: 'formats/compression/detect.ts',
    gone: [],
    only: [/(?:const|function) (?:isGzip|packingOf|detectCompression)\b/],
  },
  {
    knowledge: 'what a caught error says of the input',
    home: 'base/diagnostic.ts',
    gone: [],
    only: [
      /error instanceof InputError\) return/,
      /export (?:const|function) (?:attempt|diagnosticOf|inputErrorOf)\b/,
    ],
  },
  {
    knowledge: 'a schema issue in our words',
    home: 'formats/yaml/issues.ts',
    gone: [],
    only: [/'unrecognized_keys'\) \{\n    return issue\.keys\.map\(\(name\) =>/, /=== 'invalid_union'/],
  },
  {
    knowledge: 'parts, overlaps and load items of a layout',
    home: 'placement/plan.ts',
    gone: ['placement/loader-abi.ts', 'placement/cell-words.ts', 'placement/x86/request.ts'],
    only: [/(?:const|function) (?:placedParts|loadItems|planOrRefusal|loaderAbiOf)\b/],
  },
  {
    knowledge: 'findings that follow from another one',
    home: 'checks/consequences.ts',
    gone: [],
    only: [/\bwithoutConsequences = /, /\.after\?\.includes/],
  },
  {
    knowledge: 'codes of findings',
    home: 'base/codes.ts',
    gone: [],
    only: [/export const FINDING_CODES\b/],
  },
];

const SRC = path.join(ROOT, 'src');
const source = new Map(
  readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => [name, readFileSync(path.join(SRC, name), 'utf8')]),
);

describe.each(HOMES)('$knowledge', ({ home, gone, only }) => {
  test('is at home where it should be', () => {
    expect(source.has(home)).toBe(true);
  });

  test('has left its old homes', () => {
    expect(gone.filter((name) => existsSync(path.join(SRC, name)))).toEqual([]);
  });

  test.each(only)('%s is in its home alone', (pattern) => {
    expect([...source].filter(([, text]) => pattern.test(text)).map(([name]) => name)).toEqual([home]);
  });
});

/** One subject's words for what to do, in code and output. */
test('what to do is called `fix`', () => {
  const other = /\b(?:hint|remedy|mend)\b\s*[?]?[:=(]/;
  expect([...source].filter(([, text]) => other.test(text)).map(([name]) => name)).toEqual([]);
});
