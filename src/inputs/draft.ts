import { isAbsolute, relative, resolve } from 'node:path';
import type { Architecture } from '../base/choices.ts';
import { InputError, type Diagnostic } from '../base/diagnostic.ts';
import type { LayoutId } from '../formats/cell/layout-ids.ts';
import { versionNamed } from '../formats/cell/layout-ids.ts';
import { parseDtb } from '../formats/dtb/parse.ts';
import {
  cellInShort,
  consoleOf,
  initrdInShort,
  kernelInShort,
  nameIn,
  systemInShort,
} from '../inspect/short.ts';
import type { Draft } from '../manifest/draft.ts';
import { agreedArchitecture } from '../placement/architectures.ts';
import { readContents, seeFiles, type Contents } from './contents.ts';
import { InputStore } from './store.ts';
import { isThere } from './atomic-file.ts';
import type { FileReference } from '../manifest/references.ts';

/** What a manifest shall name; paths start from the working directory. */
export interface DraftedFiles {
  cell: string | null;
  kernel: string | null;
  config: string | null;
  initrd: readonly string[];
  dtb: string | null;
  system: string | null;
  layout: LayoutId | null;
  architecture: Architecture | null;
  /** `null`: to be found. */
  cmdline: string | null;
}

function referencesOf({ cell, kernel, config, initrd, dtb, system }: DraftedFiles): FileReference[] {
  const single = [
    [['cell'], cell],
    [['kernel', 'image'], kernel],
    [['kernel', 'config'], config],
    [['dtb'], dtb],
    [['system'], system],
  ] as const;
  return [
    ...single.flatMap(([path, file]) => (file === null ? [] : [{ path, file }])),
    ...initrd.map((file, index) => ({ path: initrd.length > 1 ? ['initrd', index] : ['initrd'], file })),
  ];
}

function refuse(diagnostics: readonly Diagnostic[]): void {
  const first = diagnostics.find(({ severity }) => severity === 'error');
  if (first === undefined) return;
  const { code, message, ...more } = first;
  throw new InputError(code, message, more);
}

/** @throws InputError where files contradict each other, or what was asked for */
function architectureOf(asked: Architecture | null, { cell, kernel }: Contents): Architecture | null {
  const ofCell = cell === null || cell === 'unreadable' ? null : cell.architecture;
  for (const [what, found] of [
    ['cell config', ofCell],
    ['kernel', kernel?.architecture ?? null],
  ] as const) {
    if (asked === null || found === null || asked === found) continue;
    throw new InputError('cell/architecture', `--arch says ${asked}, the ${what} says ${found}`, {
      requested: asked,
      actual: found,
      fix: `leave --arch out, or give the right ${what}`,
    });
  }
  return kernel ? agreedArchitecture(ofCell, kernel.architecture) : (ofCell ?? asked);
}

/** What a bundle may be called, as near to the cell's name as it goes. */
function nameFor(cell: string): Draft['name'] {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,90}$/.test(cell)) return { text: cell, isNeeded: false };
  const text = cell.replaceAll(/[^A-Za-z0-9._-]+/g, '-').replace(/^[._-]+/, '');
  return { text: text || 'linux', isNeeded: true };
}

function cmdlineFor(
  { cmdline, architecture }: Pick<DraftedFiles, 'cmdline' | 'architecture'>,
  { cell, dtb }: Contents,
): Draft['cmdline'] {
  if (cmdline !== null) return { text: cmdline };
  const config = cell === 'unreadable' ? null : cell;
  const tree = dtb && parseDtb(dtb);
  // On arm, only the tree tells what a UART is called.
  if (config === null ? tree === null : tree === null && architecture !== 'x86') return null;
  const console = consoleOf(config, tree);
  return console === null ? 'none' : { text: `console=${console}` };
}

/**
 * Reads the files that a manifest shall name, and says what they tell.
 *
 * @param folder of the manifest
 * @param isLenient files that are not there are named nevertheless, and given as `missing`
 * @throws InputError for the first file that is wrong
 */
export async function draftManifest(
  files: DraftedFiles,
  folder: string,
  isLenient: boolean,
): Promise<{ draft: Omit<Draft, 'schema'>; missing: string[] }> {
  const references = referencesOf(files);
  const missing: string[] = [];
  for (const { file } of references) if (isLenient && !(await isThere(file))) missing.push(file);
  const inputs = await seeFiles(
    {
      files: references.filter(({ file }) => !missing.includes(file)),
      folder: '',
      layout: versionNamed(files.layout),
    },
    new InputStore(),
  );
  const contents = await readContents(inputs, null, []);
  refuse(inputs.diagnostics);
  const { kernel, initrd, system } = contents;
  const cell = contents.cell === 'unreadable' ? null : contents.cell;
  const architecture = architectureOf(files.architecture, contents);
  const name = cell && nameIn(cell);
  const fromManifest = (file: string): string => (isAbsolute(file) ? file : relative(folder, resolve(file)));
  const path = (file: string | null): string | null => file && fromManifest(file);
  return {
    missing,
    draft: {
      architecture,
      name: name === null ? null : nameFor(name),
      cell: path(files.cell),
      kernel: path(files.kernel),
      config: path(files.config),
      hasConfig: kernel && !(kernel.embedded instanceof InputError) ? kernel.embedded.kind === 'found' : null,
      initrd: files.initrd.map(fromManifest),
      dtb: path(files.dtb),
      system: path(files.system),
      layout: files.layout,
      cmdline: cmdlineFor({ ...files, architecture }, contents),
      about: {
        ...(cell && { cell: cellInShort(cell) }),
        ...(kernel && { kernel: kernelInShort(kernel) }),
        ...(initrd && { initrd: initrdInShort(initrd) }),
        ...(system && { system: systemInShort(system) }),
      },
    },
  };
}
