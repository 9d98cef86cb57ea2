import { join } from 'node:path';
import { Argument, type Command } from 'commander';
import { isOneOf } from '../base/choices.ts';
import { writeAtomically } from '../inputs/atomic-file.ts';
import { unfinishedFiles } from './cleanup.ts';
import { once, type Finish } from './command.ts';
import { EXIT, UsageError, type ExitCode } from './exit.ts';
import { print } from './output.ts';
import { bashCompletion } from './shells/bash.ts';
import { fishCompletion } from './shells/fish.ts';
import { treeOf, type CommandNode } from './shells/tree.ts';
import { zshCompletion } from './shells/zsh.ts';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof SHELLS)[number];

/** Each with the name that its shell looks for. */
const SCRIPTS: Readonly<Record<Shell, { file: string; script(root: CommandNode): string }>> = {
  bash: { file: 'jailhouse-bundle', script: bashCompletion },
  zsh: { file: '_jailhouse-bundle', script: zshCompletion },
  fish: { file: 'jailhouse-bundle.fish', script: fishCompletion },
};

/** What the user's own shell is; `null`: none of those. */
function ownShell(): Shell | null {
  const name = process.env.SHELL?.split('/').at(-1) ?? '';
  return isOneOf(SHELLS, name) ? name : null;
}

/** `completion`: a script that makes a shell complete; with a folder, those of all shells. */
export async function completion(
  root: CommandNode,
  shell: Shell | undefined,
  out: string | undefined,
): Promise<ExitCode> {
  if (out !== undefined) {
    for (const each of shell === undefined ? SHELLS : [shell]) {
      const { file, script } = SCRIPTS[each];
      await writeAtomically(join(out, file), [new TextEncoder().encode(script(root))], unfinishedFiles);
    }
    return EXIT.fine;
  }
  const wanted = shell ?? ownShell();
  if (wanted === null)
    throw new UsageError('SHELL does not name one of bash, zsh and fish', 'name the shell');
  await print(SCRIPTS[wanted].script(root));
  return EXIT.fine;
}

const EXAMPLES = `
Examples:
  source <(jailhouse-bundle completion bash)
  jailhouse-bundle completion zsh -o ~/.zfunc
  jailhouse-bundle completion fish -o ~/.config/fish/completions`;

export function define(command: Command, finish: Finish): void {
  command
    .description(
      'Prints a script that makes a shell complete commands, options, values and the ids of rules; or writes those of ' +
        'all shells to a folder, by the names that the shells look for.',
    )
    .addArgument(new Argument('[shell]', 'default: the one that SHELL names').choices(SHELLS))
    .option('-o, --out <dir>', 'write files there, by default for all shells', once)
    .addHelpText('after', EXAMPLES)
    .action(async (shell: Shell | undefined, { out }: { out?: string }) => {
      finish(await completion(treeOf(command.parent!), shell, out));
    });
}
