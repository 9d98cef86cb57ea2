import { afterEach, beforeEach, expect, test } from 'vitest';
import { CELL_RULES } from '../../src/checks/cell/rules/index.ts';
import { RULES } from '../../src/checks/kernel/rules/index.ts';
import { factsOf } from '../../src/cli/facts.ts';
import { placed } from '../../src/reports/findings.ts';
import { prepareManifests, type PreparedManifest } from '../../src/cli/manifests.ts';
import { PLAIN } from '../../src/cli/output.ts';
import { renderFindings } from '../../src/cli/report.ts';
import { InputStore } from '../../src/inputs/store.ts';
import { TREE_RULES } from '../../src/placement/arm/tree-checks/rules.ts';
import { report } from '../../src/plugin/report.ts';
import { sourcesOf } from '../../src/reports/rule-texts.ts';
import { placeText } from '../../src/reports/report.ts';
import { Folder, MANIFEST } from '../helpers/cell-files.ts';
import { GOOD_CONFIG } from '../helpers/kernel-evidence.ts';

let folder: Folder;
beforeEach(async () => {
  folder = await Folder.create();
});
afterEach(() => folder.remove());

/** The network block is four regions in the binary form: the ones after it are counted from 4 on there. */
const CELL = `format: cell
release: git
architecture: x86
name: demo
cpus: 1
memory:
  - { name: net, shmem_net: { start: 0x3f100000, dev_id: 1 } }
  - { phys_start: 0x3a600000, virt_start: 0, size: 64M, flags: [read, write, execute, dma, loadable] }
  - { name: low, phys_start: 0x50000000, virt_start: 0x3fff000, size: 8K, flags: [read, write] }
flags: [passive_commreg]
`;
const FIRST = 'memory[1] (0x0..0x4000000, 64 MiB)';
const SECOND = "memory[2] 'low' (0x3fff000..0x4001000, 8 KiB)";

async function prepared(change: (manifest: string) => string): Promise<PreparedManifest> {
  const text = change(MANIFEST.replace('cell: demo.cell', 'cell: demo.jailhouse.yaml'));
  await folder.write({ 'demo.jailhouse.yaml': CELL, 'demo.cell.yaml': text });
  const [manifest] = await prepareManifests([folder.at('demo.cell.yaml')], new InputStore(), 'strict');
  return manifest!;
}

const inPlace = (manifest: string): string =>
  manifest.replace('cell: demo.jailhouse.yaml', `cell:\n${CELL.replaceAll(/^(?=.)/gm, '  ')}`.trimEnd());

const overlapIn = (manifest: PreparedManifest) =>
  manifest.diagnostics.find(({ code }) => code === 'cell/memory-overlap')!;

test('a finding about a described cell is at its line, in the words of the description', async () => {
  const manifest = await prepared((text) => text);
  const overlap = overlapIn(manifest);
  expect(overlap.message).toBe(`cell 'demo': ${FIRST} and ${SECOND} overlap at their guest addresses`);
  expect(placeText(placed(manifest, overlap).place)).toBe(`${folder.at('demo.jailhouse.yaml')}:9:5`);
  const text = renderFindings(manifest, PLAIN, new Map()).join('');
  expect(text).toMatch(/> +9 \|   - \{ name: low,/);
});

test('the rule of each finding has its source, for people and for programs', async () => {
  const manifest = await prepared((text) => text);
  const source = CELL_RULES.find(({ id }) => id === 'cell/memory-overlap')!.source;
  expect(renderFindings(manifest, PLAIN, sourcesOf(manifest)).join('')).toContain(`source:    ${source}\n`);
  expect(factsOf(manifest).find(({ rule }) => rule === 'cell/memory-overlap')).toMatchObject({ source });
  const sources = sourcesOf(manifest);
  for (const { id } of [...RULES, ...TREE_RULES, ...CELL_RULES]) expect(sources.get(id), id).toMatch(/\w/);
});

test('of a cell described in place, at its line in the manifest', async () => {
  const manifest = await prepared(inPlace);
  const { place } = placed(manifest, overlapIn(manifest));
  const line = manifest.text!.split('\n').findIndex((each) => each.includes('name: low')) + 1;
  expect(place).toEqual({ file: folder.at('demo.cell.yaml'), line, column: 7 });
});

test('bundlers say where it is in the description, and draw its lines', async () => {
  const manifest = await prepared((text) => text);
  let told = '';
  const context = {
    warn: () => {},
    info: () => {},
    error: ({ message }: { message: string }) => (told = message),
  };
  report(context as never, manifest.file, manifest.text!, [manifest], null);
  expect(told).toContain(`${folder.at('demo.jailhouse.yaml')}:9:5: cell 'demo': memory[1]`);
  expect(told).toMatch(/> +9 \|   - \{ name: low,/);
});

test('bundlers draw lines of a description that several errors share only once', async () => {
  const manifest = await prepared((text) => text);
  const overlap = overlapIn(manifest);
  const context = {
    warn: () => {},
    info: () => {},
    error: ({ message }: { message: string }) => (told = message),
  };
  let told = '';
  const diagnostics = [overlap, { ...overlap, code: 'cell/memory-alias' as const }];
  report(context as never, manifest.file, manifest.text!, [{ ...manifest, diagnostics }], null);
  expect(told).toContain('[cell/memory-alias]');
  expect(told.match(/> +9 \|/g)).toHaveLength(1);
});

test('what is wrong in a description is at its line there', async () => {
  await prepared((text) => text);
  await folder.write({ 'demo.jailhouse.yaml': CELL.replace('cpus: 1', 'cpus: one') });
  const [manifest] = await prepareManifests([folder.at('demo.cell.yaml')], new InputStore(), 'strict');
  const [found] = manifest!.diagnostics;
  expect(found).toMatchObject({ code: 'description/value', path: ['cell', 'cpus'] });
  expect(placeText(placed(manifest!, found!).place)).toBe(`${folder.at('demo.jailhouse.yaml')}:5:7`);
});

test('a finding about a kernel config shows its line; no frame is drawn twice', async () => {
  const manifest = await prepared((text) => text);
  const config = GOOD_CONFIG.replace('# CONFIG_SERIO is not set', 'CONFIG_SERIO=y');
  await folder.write({ 'kernel.config': config });
  const [broken] = await prepareManifests([manifest.file], new InputStore(), 'strict');
  const text = renderFindings(broken!, PLAIN, new Map()).join('');
  const line = config.split('\n').indexOf('CONFIG_SERIO=y') + 1;
  expect(text).toContain(`> ${line} | CONFIG_SERIO=y\n`);
  const frames = text.match(/^ +> .*$/gm)!;
  expect(new Set(frames).size).toBe(frames.length);
  expect(broken!.diagnostics.length).toBeGreaterThan(frames.length);
});
