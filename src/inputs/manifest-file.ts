import { InputError, inputErrorOf, reworded } from '../base/diagnostic.ts';
import type { FileKind } from '../inspect/kind.ts';
import { LIMITS, readChunks, readWhole, seeFile, type SeenFile } from './files.ts';

/** @throws InputError as {@link seeFile} does */
async function seeManifest(file: string, shown: string): Promise<SeenFile> {
  try {
    return await seeFile(file, shown);
  } catch (error) {
    throw reworded(error, ({ code }) =>
      code === 'input/empty' ? { fix: '`jailhouse-bundle init` writes a manifest to start from' } : {},
    );
  }
}

/** Files that are given in place of a manifest, and what takes them. */
const OTHERS: Readonly<Record<FileKind, readonly [what: string, fix: string]>> = {
  kernel: ['a kernel', 'check it without a manifest: `jailhouse-bundle check --kernel FILE`'],
  cell: ['a cell config', 'give it with its kernel: `jailhouse-bundle check --kernel IMAGE --cell FILE`'],
  system: ['a system config', 'check it with `jailhouse-bundle cell check FILE`'],
  bundle: ['a bundle', 'verify it with `jailhouse-bundle verify FILE`'],
  dtb: ['a device tree', 'name it under `dtb:` in a manifest'],
  params: ['a params image', 'look into it with `jailhouse-bundle inspect FILE`'],
};

/** What a file is that is no manifest; `null` if that cannot be told. */
async function otherKind(seen: SeenFile): Promise<FileKind | null> {
  const { detectKind } = await import('../inspect/kind.ts');
  for await (const head of readChunks(seen)) {
    try {
      return detectKind(head);
    } catch (error) {
      inputErrorOf(error);
    }
    break;
  }
  return null;
}

/** @throws InputError `manifest/encoding` */
function decode(bytes: Uint8Array, shown: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new InputError('manifest/encoding', `${shown} is not UTF-8`, {
      fix: 'save it as UTF-8; is it a manifest (*.cell.yaml)?',
    });
  }
}

/** @throws InputError `input/too-large`, `manifest/encoding` */
const readText = async (seen: SeenFile): Promise<string> =>
  decode(await readWhole(seen, LIMITS.manifest), seen.shown);

/** A manifest from the standard input. @throws InputError `input/…`, `manifest/encoding` */
export async function readPipedManifest(): Promise<string> {
  const { readStandardInput } = await import('./stdin.ts');
  const bytes = await readStandardInput(LIMITS.manifest, {
    empty: 'pipe a manifest into it',
    tooLarge: 'is this a manifest?',
  });
  return decode(bytes, 'the standard input');
}

/**
 * @param shown how messages call it
 * @param wanted what the file should be
 * @throws InputError as {@link seeFile} does; `manifest/encoding`
 */
export async function readManifest(file: string, shown = file, wanted = 'a manifest'): Promise<string> {
  const seen = await seeManifest(file, shown);
  const read = await readText(seen).catch(inputErrorOf);
  if (typeof read === 'string' && !read.includes('\0')) return read;
  const kind = await otherKind(seen);
  if (kind !== null) {
    const [what, fix] = OTHERS[kind];
    throw new InputError('manifest/encoding', `${shown} is ${what}, not ${wanted}`, { fix });
  }
  if (typeof read === 'string') return read;
  throw read;
}
