import { access } from 'node:fs/promises';
import { InputError } from '../diagnostic.ts';
import { manifestTemplate } from '../manifest/template.ts';
import { writeAtomically } from '../node/atomic-file.ts';
import { unfinishedFiles } from './cleanup.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { print, printNote } from './output.ts';

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** `init`: a commented manifest. */
export async function init(file: string): Promise<ExitCode> {
  const text = manifestTemplate();
  if (file === '-') {
    await print(text);
    return EXIT.fine;
  }
  if (await exists(file)) {
    throw new InputError('init/exists', `${file} is there already`, {
      hint: 'name another file, or move it away',
    });
  }
  await writeAtomically(file, [new TextEncoder().encode(text)], unfinishedFiles);
  await printNote(`${file} is written; fill in the paths, then run: jailhouse-bundle check ${file}`);
  return EXIT.fine;
}
