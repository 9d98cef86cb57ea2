import { dirname } from 'node:path';
import { attempt, hasErrors, type ManifestPath } from '../base/diagnostic.ts';
import { printable } from '../base/text.ts';
import { checkCell, coverageOfCell, isAboutOneCell, isCellRule } from '../checks/cell/check.ts';
import { applyWaivers } from '../checks/waivers.ts';
import { dropConsequences } from '../checks/consequences.ts';
import type { CellConfig } from '../formats/cell/types.ts';
import { cellName } from '../formats/cell/config.ts';
import { encodeConfig } from '../formats/cell/yaml/compile.ts';
import { versionNamed } from '../formats/cell/layout-ids.ts';
import { hex } from '../base/address.ts';
import { failure } from '../base/diagnostic.ts';
import type { LinkEnds } from '../machine/request.ts';
import { checkImages, type PlacedImage } from '../machine/images.ts';
import type { BareCell, ParsedBareCell } from '../manifest/machine/bare-cell.ts';
import { fileNamedAt, readContents, seenAt, seeFiles, type SeenFiles } from './contents.ts';
import { generateFrom } from './generate.ts';
import { inputFilesOf } from './input-files.ts';
import { readyBareCell, type ReadyBareCell } from './pack-machine.ts';
import { NOTHING_READ, type PreparedCell, type PrepareOptions, type SharedMachine } from './prepared.ts';
import type { InputStore } from './store.ts';

/** The cell as it is wished for or given; what cannot be made or read is reported. */
async function cellOf(
  { name, cell, entry }: BareCell,
  machineFile: string,
  inputs: SeenFiles,
  machine: SharedMachine,
): Promise<{ cell: CellConfig; system: SharedMachine['system']; ends: LinkEnds | null } | null> {
  const { system, facts: rootFacts, cells, ends } = machine;
  if (typeof cell !== 'string' && cell.kind === 'wish') {
    const generation = await generateFrom({ name, cell }, machineFile, inputs, {
      system,
      rootFacts,
      cells,
      ends,
    });
    const made = generation?.generated;
    if (!made) return null;
    const header = { ...made.cell.header, ...(entry === null ? {} : { cpu_reset_address: entry }) };
    return { cell: { ...made.cell, header }, system: made.system, ends: made.ends };
  }
  const given = typeof cell === 'string' ? (await readContents(inputs, null, [])).cell : cell;
  if (given === null || given === 'unreadable') return null;
  const own = given.header.cpu_reset_address;
  if (entry !== null && own !== entry) {
    const [message, fix] =
      own === undefined
        ? [
            'the cell config says nothing of where its CPUs start: before revision 5 that is fixed',
            'remove `entry`',
          ]
        : [
            `the cell config has its CPUs start at ${hex(own)}`,
            `set \`cpu_reset_address: ${hex(entry)}\` there, or remove \`entry\``,
          ];
    inputs.diagnostics.push(
      failure('machine/entry', message, {
        requested: hex(entry),
        actual: own === undefined ? 'a fixed address' : hex(own),
        fix,
        path: ['entry'],
      }),
    );
  }
  return { cell: given, system, ends: null };
}

/** Jailhouse's tool loads a string with the NUL at its end. */
const stringSize = (text: string): number => new TextEncoder().encode(text).length + 1;

const placedImages = ({ images }: BareCell, inputs: SeenFiles): PlacedImage[] =>
  images.map(({ source, at: start }, index) => {
    const path: ManifestPath = ['images', index];
    const [title, size] =
      'file' in source
        ? [printable(source.file), seenAt(inputs, ...path, 'file')!.size]
        : ['the string', stringSize(source.string)];
    return { title, range: { start, size: BigInt(size) }, isFile: 'file' in source, path };
  });

/** A cell without Linux, read and checked. */
export interface PreparedBareCell extends PreparedCell {
  /** `null` where nothing can be laid out. */
  bare: ReadyBareCell | null;
}

/** Reads what a cell without Linux names, and checks it against its machine. */
export async function prepareBareCell(
  machineFile: string,
  { bare, files, problems, locate }: ParsedBareCell,
  store: InputStore,
  { onInput, today }: PrepareOptions,
  machine: SharedMachine,
): Promise<PreparedBareCell> {
  const layout = versionNamed(bare?.layout ?? machine.layout);
  const inputs = await seeFiles({ files, folder: dirname(machineFile), layout }, store, onInput);
  const { diagnostics, descriptions } = inputs;
  diagnostics.unshift(...problems);
  const prepared: PreparedBareCell = {
    diagnostics,
    locate,
    descriptions,
    fileAt: (path) => fileNamedAt(inputs, path),
    name: bare?.name ?? null,
    waivers: bare?.waive ?? [],
    planned: null,
    machine: null,
    kernel: null,
    states: null,
    ready: null,
    read: { ...NOTHING_READ, files: inputFilesOf(inputs, []) },
    made: null,
    bare: null,
  };
  if (bare === null || hasErrors(diagnostics)) return prepared;
  const found = await cellOf(bare, machineFile, inputs, machine);
  if (found === null) return prepared;
  const { cell, system, ends } = found;
  const findings = checkCell(system, cell, machine.facts);
  const isJudged = (rule: string): boolean => !isCellRule(rule) || isAboutOneCell(rule);
  diagnostics.push(
    ...applyWaivers(findings, bare.waive, today, { isJudged }),
    ...checkImages(cell, placedImages(bare, inputs)),
  );
  dropConsequences(diagnostics);
  const made = ends && { given: machine.given, ends };
  const inmate = attempt(diagnostics, ['cell'], () => cellName(cell));
  const states = coverageOfCell(system, cell, machine.facts);
  if (inmate === null) return { ...prepared, machine: { cell, system }, states, made };
  const laidOut = { cellName: inmate, cell, file: encodeConfig(cell), waivers: bare.waive };
  return {
    ...prepared,
    name: bare.name ?? inmate,
    machine: { cell, system },
    states,
    made,
    bare: readyBareCell(inputs, bare, laidOut),
  };
}
