import { diagnosticOf, InputError, reworded } from '../base/diagnostic.ts';
import type { Profile } from '../base/choices.ts';
import type { Rule } from '../checks/kernel/rule.ts';
import { LIMITS, readWhole, seeFile, type SeenFile } from '../inputs/files.ts';
import { prepareCell, type PreparedCell, today, type PrepareOptions } from '../inputs/prepare.ts';
import { checkTogether } from '../inputs/shared-machine.ts';
import type { InputStore } from '../inputs/store.ts';
import type { Findings } from './findings.ts';

export type PreparedManifest = Findings &
  PreparedCell & {
    /** Itself and the files that it names, by path. */
    inputs: string[];
  };

/** @throws InputError as {@link seeFile} does */
async function seeManifest(file: string): Promise<SeenFile> {
  try {
    return await seeFile(file, file);
  } catch (error) {
    throw reworded(error, ({ code }) =>
      code === 'input/empty' ? { fix: '`jailhouse-bundle init` writes a manifest to start from' } : {},
    );
  }
}

async function readManifest(file: string): Promise<string> {
  const bytes = await readWhole(await seeManifest(file), LIMITS.manifest);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new InputError('manifest/encoding', `${file} is not UTF-8`, {
      fix: 'save it as UTF-8; is it a manifest (*.cell.yaml)?',
    });
  }
}

async function prepareManifest(
  file: string,
  store: InputStore,
  options: PrepareOptions,
): Promise<PreparedManifest> {
  const inputs = [file];
  let text: string;
  try {
    text = await readManifest(file);
  } catch (error) {
    return {
      file,
      text: null,
      locate: () => ({ start: 0, end: 0 }),
      fileAt: () => null,
      descriptions: new Map(),
      diagnostics: [diagnosticOf(error)],
      inputs,
      ready: null,
      planned: null,
      machine: null,
      kernel: null,
      waivers: [],
    };
  }
  const onInput = (path: string): void => void inputs.push(path);
  const prepared = await prepareCell(file, text, store, { ...options, onInput });
  return { file, text, inputs, ...prepared };
}

/** Reads and checks manifests one after another, then those that share a machine; what they share is read once. */
export async function prepareManifests(
  files: readonly string[],
  store: InputStore,
  profile: Profile,
  rules: readonly Rule[] = [],
): Promise<PreparedManifest[]> {
  const options = { profile, today: today(), rules };
  const prepared: PreparedManifest[] = [];
  for (const file of files) prepared.push(await prepareManifest(file, store, options));
  checkTogether(prepared, options.today);
  return prepared;
}
