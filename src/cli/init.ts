import type { Command } from 'commander';
import type { Finish } from './command.ts';
import { InputError } from '../base/diagnostic.ts';
import { printable } from '../base/text.ts';
import { manifestTemplate } from '../manifest/template.ts';
import { writeNew } from '../inputs/atomic-file.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { print, printNote } from './output.ts';

/** `init`: a commented manifest. */
export async function init(file: string): Promise<ExitCode> {
  const text = manifestTemplate();
  if (file === '-') {
    await print(text);
    return EXIT.fine;
  }
  if (!(await writeNew(file, new TextEncoder().encode(text)))) {
    throw new InputError('init/exists', `${file} already exists`, {
      fix: 'name another file, or move it away',
    });
  }
  const name = printable(file);
  await printNote(`${name} is written; fill in the paths, then run: jailhouse-bundle check ${name}`);
  return EXIT.fine;
}

export function define(command: Command, finish: Finish): void {
  command
    .description('Writes a manifest with every key explained. Never overwrites a file.')
    .argument('[file]', 'file to write; - is standard output', 'linux.cell.yaml')
    .action(async (file: string) => {
      finish(await init(file));
    });
}
