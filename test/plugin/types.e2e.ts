import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, test } from 'vitest';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));

const OPTIONS: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  target: ts.ScriptTarget.ES2022,
  lib: ['lib.es2022.d.ts'],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  types: [],
  allowImportingTsExtensions: true,
};

/** What the compiler says of a user's files, by name; `npm run types` has looked at what they import. */
function complaints(sources: Record<string, string>): Record<string, string[]> {
  const sourceOf = (file: string): string | undefined =>
    file.startsWith(FOLDER) ? sources[basename(file)] : undefined;
  const host = ts.createCompilerHost(OPTIONS);
  const { fileExists, readFile } = host;
  host.fileExists = (file) => sourceOf(file) !== undefined || fileExists(file);
  host.readFile = (file) => sourceOf(file) ?? readFile(file);
  const rootNames = Object.keys(sources).map((name) => `${FOLDER}${name}`);
  const program = ts.createProgram({ rootNames, options: OPTIONS, host });
  const told: Record<string, string[]> = {};
  for (const rootName of rootNames) {
    for (const { messageText } of ts.getPreEmitDiagnostics(program, program.getSourceFile(rootName))) {
      (told[basename(rootName)] ??= []).push(ts.flattenDiagnosticMessageText(messageText, ' '));
    }
  }
  return told;
}

const RIGHT = `
  import url, { name, cellName, sha256, load, entry, commands } from './demo.cell.yaml';
  const text: string = url.concat(name, cellName, sha256, entry);
  const words: string[] = commands.map((command) => command.toUpperCase());
  for (const item of load) {
    if ('role' in item) {
      const role: 'loader' | 'kernel' | 'initrd' | 'params' = item.role;
      const shown: [string | null, string | null, number | null] = [item.file, item.address, item.size];
      words.push(role, ...shown.map(String));
    } else words.push(item.string, item.address);
  }
  export { text, words };
`;

const WRONG = `
  import url, { nmae, commands, entry } from './demo.cell.yaml';
  commands.push('reboot');
  export const numbers: number[] = [url, entry];
`;

const MACHINE = `
  import url, { name, sha256, cells } from './board.machine.yaml';
  const texts: string[] = [url, name, sha256];
  for (const { name, cellName, load, entry, commands } of cells) {
    texts.push(name, cellName, entry ?? 'fixed', ...commands);
    for (const item of load) if ('role' in item && item.role === 'image') texts.push(item.file ?? '');
  }
  export { texts };
`;

const WRONG_MACHINE = `
  import { cellName, cells } from './board.machine.yaml';
  cells.push(cells[0]!);
  export const entry: string = cells[0]!.entry;
`;

const CLIENT = '/// <reference path="../../client.d.ts" />';
const asYml = (source: string): string => source.replaceAll(/(?<=\.(?:cell|machine)\.)yaml/g, 'yml');
const facts = (type: string): string => `${CLIENT}
  import type { BundleFacts } from '../../src/bundle/metadata.ts';
  import * as cell from './demo.cell.yaml';
  type Told = ${type};
  declare const facts: Told;
  export const exported: Pick<typeof cell, keyof BundleFacts> = facts;
  export const read: Told = cell;
`;

const machineFacts = (type: string): string => `${CLIENT}
  import type { MachineFacts } from '../../src/bundle/machine/metadata.ts';
  import * as machine from './board.machine.yaml';
  declare const facts: ${type};
  export const exported: Pick<typeof machine, keyof MachineFacts> = facts;
`;

/** Of all files at once: most of the compiler's time goes into the libraries' types. */
const told = complaints({
  'right-yaml.ts': `${CLIENT}${RIGHT}`,
  'right-yml.ts': asYml(RIGHT),
  'wrong-yaml.ts': WRONG,
  'wrong-yml.ts': asYml(WRONG),
  'machine-yaml.ts': MACHINE,
  'machine-yml.ts': asYml(MACHINE),
  'machine-wrong.ts': WRONG_MACHINE,
  'machine-facts.ts': machineFacts('MachineFacts'),
  'machine-other.ts': machineFacts(`{ cells: readonly { load: readonly object[] }[] }`),
  'facts.ts': facts('BundleFacts'),
  'other.ts': facts(`Omit<BundleFacts, 'load'> & { load: readonly object[] }`),
});

test('imported manifests have types for all that they export', () => {
  const wrong = [
    expect.stringContaining("has no exported member 'nmae'"),
    expect.stringContaining("'push' does not exist"),
    expect.stringContaining("'string' is not assignable to type 'number'"),
    expect.stringContaining("'string' is not assignable to type 'number'"),
  ];
  expect([told['right-yaml.ts'], told['right-yml.ts']]).toEqual([undefined, undefined]);
  expect([told['wrong-yaml.ts'], told['wrong-yml.ts']]).toEqual([wrong, wrong]);
});

test('so have imported machine files', () => {
  expect([told['machine-yaml.ts'], told['machine-yml.ts']]).toEqual([undefined, undefined]);
  expect(told['machine-wrong.ts']).toEqual([
    expect.stringContaining("has no exported member 'cellName'"),
    expect.stringContaining("'push' does not exist"),
    expect.stringContaining("'string | null' is not assignable to type 'string'"),
  ]);
});

test('those types are what the bundle tells', () => {
  expect(told['machine-facts.ts']).toBeUndefined();
  expect(told['machine-other.ts']).toHaveLength(1);
  expect(told['facts.ts']).toBeUndefined();
  expect(told['other.ts']).toHaveLength(1);
});
