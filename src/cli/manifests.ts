import { diagnosticOf } from '../base/diagnostic.ts';
import type { Profile } from '../base/choices.ts';
import { readManifest, readPipedManifest } from '../inputs/manifest-file.ts';
import { STDIN_TITLE } from '../inputs/stdin.ts';
import { machineSubjects, type CheckedFile } from '../inputs/machine-subjects.ts';
import { today } from '../inputs/evaluation.ts';
import { prepareParsed } from '../inputs/prepare.ts';
import { NOTHING_PREPARED, type PrepareOptions } from '../inputs/prepared.ts';
import type { SettingLayer } from '../manifest/other-text.ts';
import type { ParsedManifest } from '../manifest/parse.ts';
import { isMachineFile } from '../manifest/machine/name.ts';
import { checkTogether } from '../inputs/shared-machine.ts';
import type { ReadyCell } from '../inputs/pack.ts';
import type { InputStore } from '../inputs/store.ts';

export interface PreparedManifest extends CheckedFile {
  /** What a boot starts; `bare`: a cell without Linux; `null`: a machine file as a whole, or there is an error. */
  started: ReadyCell | 'bare' | null;
  /** Itself and the files that it names, by path. */
  inputs: string[];
}

/** A manifest that was read, and nothing that it names. */
interface ReadManifest {
  file: string;
  text: string;
  parsed: ParsedManifest;
  /** Files of its defaults. */
  inputs: readonly string[];
}

const unreadManifest = (file: string, error: unknown): PreparedManifest => ({
  ...NOTHING_PREPARED,
  started: null,
  file,
  text: null,
  locate: () => ({ start: 0, end: 0 }),
  fileAt: () => null,
  descriptions: new Map(),
  diagnostics: [diagnosticOf(error)],
  inputs: [file],
});

async function parseFile(
  file: string,
  settings: readonly SettingLayer[],
): Promise<ReadManifest | PreparedManifest> {
  try {
    const text = await (file === STDIN_TITLE ? readPipedManifest() : readManifest(file));
    const { parseLayers } = await import('../manifest/parse.ts');
    const { readLayers } = await import('../inputs/layers.ts');
    const inputs: string[] = [];
    const onInput = (path: string): void => void inputs.push(path);
    return { file, text, parsed: parseLayers(await readLayers(file, text, { settings, onInput })), inputs };
  } catch (error) {
    return unreadManifest(file, error);
  }
}

const isWish = ({ parsed: { manifest } }: ReadManifest): boolean =>
  manifest !== null && typeof manifest.cell !== 'string' && manifest.cell.kind === 'wish';

async function prepareManifest(
  { file, text, parsed, inputs: defaults }: ReadManifest,
  store: InputStore,
  options: PrepareOptions,
): Promise<PreparedManifest> {
  const inputs = [file, ...defaults];
  const onInput = (path: string): void => void inputs.push(path);
  const prepared = await prepareParsed(file, text, parsed, store, { ...options, onInput }, null);
  return { file, text, inputs, started: prepared.ready, ...prepared };
}

/** Manifests in their order, but for their wishes: these are planned after the cells that are given. */
async function prepareTogether(
  files: readonly string[],
  settings: readonly SettingLayer[],
  store: InputStore,
  options: PrepareOptions,
): Promise<PreparedManifest[]> {
  const read: (ReadManifest | PreparedManifest)[] = [];
  for (const file of files) read.push(await parseFile(file, settings));
  const hasWishes = read.some((each) => 'parsed' in each && isWish(each));
  const neighbours = hasWishes ? new (await import('../inputs/neighbours.ts')).Neighbours() : null;
  const prepared: PreparedManifest[] = [];
  for (const turn of [false, true]) {
    for (const [index, each] of read.entries()) {
      if (!('parsed' in each)) prepared[index] = each;
      else if (isWish(each) === turn) {
        const around = turn && neighbours ? { neighbours } : {};
        const { machine } = (prepared[index] = await prepareManifest(each, store, { ...options, ...around }));
        if (!turn && machine?.system) neighbours?.give(machine.system, machine.cell);
      }
    }
  }
  checkTogether(prepared, options.today);
  return prepared;
}

/** The machine file itself, then each of its cells: those in place at their lines of it. */
async function prepareMachineFile(
  file: string,
  store: InputStore,
  options: PrepareOptions,
): Promise<PreparedManifest[]> {
  let text: string;
  try {
    text = await readManifest(file);
  } catch (error) {
    return [unreadManifest(file, error)];
  }
  const inputs = [file];
  const onInput = (path: string): void => void inputs.push(path);
  const { prepareMachine } = await import('../inputs/machine.ts');
  const prepared = await prepareMachine(file, text, store, { ...options, onInput });
  const { machine, members } = machineSubjects(file, text, prepared);
  return [
    { ...machine, started: null, inputs },
    ...members.map((member, index) => {
      const { bare, ready } = prepared.cells[index]!;
      return { ...member, started: bare ? ('bare' as const) : ready, inputs: [] };
    }),
  ];
}

interface ManifestOptions extends Pick<PrepareOptions, 'rules' | 'ruleFiles' | 'force' | 'layOut'> {
  /** Keys that options set, in all manifests. */
  settings?: readonly SettingLayer[];
}

/** Reads and checks manifests one after another, then those that share a machine; what they share is read once. */
export async function prepareManifests(
  files: readonly string[],
  store: InputStore,
  profile: Profile,
  { rules = [], settings = [], ...more }: ManifestOptions = {},
): Promise<PreparedManifest[]> {
  const options = { profile, today: today(), rules, ...more };
  const prepared = await prepareTogether(
    files.filter((file) => !isMachineFile(file)),
    settings,
    store,
    options,
  );
  for (const file of files.filter(isMachineFile)) {
    // What is said of their packing is found as their bundle is laid out.
    prepared.push(...(await prepareMachineFile(file, store, { ...options, layOut: true })));
  }
  return prepared;
}
