import { InputError } from '../diagnostic.ts';
import { seeFile, readWhole } from '../node/files.ts';
import { prepareCell, type PreparedCell } from '../node/prepare.ts';
import type { InputStore } from '../node/store.ts';
import type { Profile } from '../kernel/evidence.ts';
import type { Findings } from './report.ts';

const MANIFEST_LIMIT = 1 << 20;

export interface PreparedManifest extends Findings {
  ready: PreparedCell['ready'];
}

async function readManifest(file: string): Promise<string> {
  const bytes = await readWhole(await seeFile(file, file), MANIFEST_LIMIT);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new InputError('manifest/encoding', `${file} is not UTF-8`, {
      hint: 'save it as UTF-8; is it a manifest (*.cell.yaml) at all?',
    });
  }
}

/** Reads and checks manifests one after another; what they share is read once. */
export async function* prepareManifests(
  files: readonly string[],
  store: InputStore,
  profile: Profile,
): AsyncGenerator<PreparedManifest, void> {
  const today = new Date().toISOString().slice(0, 10);
  for (const file of files) {
    const text = await readManifest(file);
    yield { file, text, ...(await prepareCell(file, text, store, { profile, today })) };
  }
}
