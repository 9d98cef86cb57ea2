import { join } from 'node:path';
import type { Command } from 'commander';
import { nearest } from '../base/text.ts';
import { writeAtomically } from '../inputs/atomic-file.ts';
import { unfinishedFiles } from './cleanup.ts';
import { once, type Finish } from './command.ts';
import { EXIT, UsageError, type ExitCode } from './exit.ts';
import { print } from './output.ts';
import { manualPages, pageName } from './shells/man.ts';
import { treeOf } from './shells/tree.ts';

/** `man`: the manual page of the program, or of a command; with a folder, all of them. */
async function man(
  pages: ReadonlyMap<string, string>,
  words: readonly string[],
  out: string | undefined,
): Promise<ExitCode> {
  const page = pages.get(`${pageName(words)}.1`);
  if (page === undefined) {
    const meant = nearest(`${pageName(words)}.1`, pages.keys());
    throw new UsageError(
      `there is no command '${words.join(' ')}'`,
      meant
        ? `did you mean ${meant.replace(/^jailhouse-bundle-|\.1$/g, '')}?`
        : '`jailhouse-bundle help` lists them',
    );
  }
  if (out === undefined) {
    await print(page);
    return EXIT.fine;
  }
  for (const [name, text] of words.length > 0 ? [[`${pageName(words)}.1`, page] as const] : pages) {
    await writeAtomically(join(out, name), [new TextEncoder().encode(text)], unfinishedFiles);
  }
  return EXIT.fine;
}

const EXAMPLES = `
Examples:
  jailhouse-bundle man check | man -l -
  jailhouse-bundle man -o /usr/local/share/man/man1`;

export function define(command: Command, finish: Finish): void {
  command
    .description(
      'Prints the manual page of the program, or of a command, as man(1) reads it; or writes all of them to a folder.',
    )
    .argument('[command...]', 'a command: check, or cell check')
    .option('-o, --out <dir>', 'write files there, by default all pages', once)
    .addHelpText('after', EXAMPLES)
    .action(async (words: string[], { out }: { out?: string }) => {
      finish(await man(manualPages(treeOf(command.parent!)), words, out));
    });
}
