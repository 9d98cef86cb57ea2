import { posix } from 'node:path';
import { Command, CommanderError } from 'commander';
import { shellQuote } from '../base/text.ts';
import { withUpstreamArguments, type UpstreamOptions } from './cell-linux.ts';
import { UsageError } from './exit.ts';
import { parseShellLine, type ShellCommand } from './shell-line.ts';

/** What a line with `jailhouse cell linux` says. */
export interface UpstreamLine {
  cell: string;
  kernel: string;
  options: UpstreamOptions;
  /** What the line enables Jailhouse with. */
  system: string | null;
  /** What of the line no manifest says, each with the reason. */
  left: readonly string[];
}

/** A pasted prompt, and the number that `history` prints. */
const BEFORE = /^\s*(?:\d+\s+)?(?:[#$%>]\s+)?/;

/** Ways to start it: the words that must follow the program's name. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  jailhouse: ['cell', 'linux'],
  'jailhouse-cell-linux': [],
  'jailhouse-bundle': ['cell-linux'],
};

/** The words after the program's name and its subcommands; `null`: it is another command. */
function argumentsOf({ words }: ShellCommand): readonly string[] | null {
  for (const [index, word] of words.entries()) {
    const rest = words.slice(index + 1);
    const sub = PROGRAMS[posix.basename(word)];
    if (sub?.every((each, at) => rest[at] === each)) return rest.slice(sub.length);
  }
  return null;
}

/** `jailhouse enable FILE` */
function enabledBy({ words }: ShellCommand): string | null {
  const at = words.findIndex((word) => posix.basename(word) === 'jailhouse');
  return at >= 0 && words[at + 1] === 'enable' ? (words[at + 2] ?? null) : null;
}

const refused = (what: string, fix: string): UsageError => new UsageError(`the line of --from ${what}`, fix);

const FORM = "give it whole: --from 'jailhouse cell linux CELL KERNEL -i INITRD -c CMDLINE'";

/**
 * Spellings that upstream's Python takes and commander does not: `--init` for `--initrd`, and `-i=FILE`.
 *
 * @throws UsageError for an abbreviation of several
 */
function spelledOut(command: Command, words: readonly string[]): string[] {
  const end = words.indexOf('--');
  return words.map((word, index) => {
    if (end >= 0 && index >= end) return word;
    const [, short, value] = /^(-\w)=(.*)$/s.exec(word) ?? [];
    const known = command.options.find((option) => option.short !== undefined && option.short === short);
    if (known) return `${known.long!}=${value!}`;
    const [, long, rest] = /^(--\w[\w-]*)(=.*)?$/s.exec(word) ?? [];
    if (long === undefined) return word;
    const meant = command.options.map((option) => option.long!).filter((each) => each.startsWith(long));
    if (meant.includes(long) || meant.length === 0) return word;
    if (meant.length > 1) throw refused(`has ${long}, which may be ${meant.join(' or ')}`, 'write it out');
    return `${meant[0]!}${rest ?? ''}`;
  });
}

type Arguments = Pick<UpstreamLine, 'cell' | 'kernel' | 'options'> & {
  /** Options that came again later: the tool takes the last, an initrd too. */
  replaced: string[];
};

function parseArguments(words: readonly string[]): Arguments {
  const command = withUpstreamArguments(new Command('jailhouse cell linux'))
    .helpOption(false)
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  const replaced: string[] = [];
  for (const option of command.options) {
    let before: string | null = null;
    command.on(`option:${option.name()}`, (value: string) => {
      if (before !== null && before !== value) {
        replaced.push(`${option.short ?? option.long!} ${shellQuote(before)}`);
      }
      before = value;
    });
  }
  try {
    command.parse(spelledOut(command, words), { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const [what] = error.message.replace(/^error: /, '').split('\n');
    throw refused(`is not complete or not right: ${what!}`, FORM);
  }
  const [cell, kernel] = command.args as [string, string];
  return { cell, kernel, options: command.opts(), replaced };
}

function leftOf({ writeParams, kernelDecompFactor }: UpstreamOptions): string[] {
  return [
    ...(writeParams === undefined
      ? []
      : [`-w ${shellQuote(writeParams)}: build writes the params image into the bundle`]),
    ...(kernelDecompFactor === undefined
      ? []
      : [
          `-k ${kernelDecompFactor}: build plans from the kernel's own sizes (placement: exact) and needs no factor`,
        ]),
  ];
}

const textOf = ({ words, redirections }: ShellCommand): string =>
  [...words.map(shellQuote), ...redirections].join(' ');

/**
 * Reads a shell line, or several, with one `jailhouse cell linux`.
 *
 * @throws UsageError
 */
export function parseUpstreamLine(line: string): UpstreamLine {
  const commands = parseShellLine(line.replace(BEFORE, ''));
  const found = commands.flatMap((command) => {
    const words = argumentsOf(command);
    return words === null ? [] : [{ command, words }];
  });
  const [first, second] = found;
  if (first === undefined) throw refused('has no `jailhouse cell linux`', FORM);
  if (second !== undefined) {
    throw refused(
      'has several `jailhouse cell linux`',
      'give them one by one: a manifest is for one cell, and needs a file of its own',
    );
  }
  const others = commands.filter((command) => command !== first.command);
  const enabling = others.find((command) => enabledBy(command) !== null);
  const { cell, kernel, options, replaced } = parseArguments(first.words);
  return {
    cell,
    kernel,
    options,
    system: enabling ? enabledBy(enabling) : null,
    left: [
      ...leftOf(options),
      ...replaced.map((each) => `${each}: the option is given again, and the last one counts`),
      ...first.command.redirections.map((each) => `${each}: a redirection of that command`),
      ...others
        .filter((command) => command !== enabling)
        .map((command) => `${textOf(command)}: another command`),
    ],
  };
}
