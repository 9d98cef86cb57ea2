import { InvalidArgumentError, Option, type Command } from 'commander';
import { ARCHITECTURES, PROFILES } from '../base/choices.ts';
import { either } from '../base/text.ts';
import { LAYOUT_IDS, parseLayoutId, type Versioned } from '../formats/cell/layout-ids.ts';
import type { CheckFormat, ExitCode, Format } from './exit.ts';

/** Takes the exit code of a command that ran. */
export type Finish = (code: ExitCode) => void;

/** A command that is loaded when its name is given. */
export interface CommandEntry {
  /** Its options and arguments, as the list of commands shows them. */
  usage: string;
  summary: string;
  /** It tells of all other commands, and needs them loaded. */
  isAboutAll?: true;
  /** Gives it its options and what it does. */
  load(): Promise<{ define(command: Command, finish: Finish, words: Words): void | Promise<void> }>;
}

/** The words after a command's name; `all`: whatever they were, all commands in it are loaded. */
export type Words = readonly string[] | 'all';

/**
 * Adds commands by their names. Only what the words name is loaded: the others need no more than a line in the list.
 *
 * @param words those after the parent's name
 */
export async function addCommands(
  parent: Command,
  entries: Readonly<Record<string, CommandEntry>>,
  words: Words,
  finish: Finish,
): Promise<void> {
  const given = words === 'all' ? [] : words.filter((word) => !word.startsWith('-'));
  const name = given[0] === 'help' ? given[1] : given[0];
  const isAll = words === 'all' || (name !== undefined && entries[name]?.isAboutAll === true);
  parent.configureHelp({
    subcommandTerm: (command) =>
      `${command.name()} ${entries[command.name()]?.usage ?? '[command]'}`.trimEnd(),
  });
  for (const [each, { summary, load }] of Object.entries(entries)) {
    const command = parent.command(each).summary(summary);
    const group = parent.parent ? `${parent.parent.name()} ` : '';
    command.showHelpAfterError(`  see ${group}${parent.name()} ${each} --help`);
    if (each !== name && !isAll) continue;
    const { define } = await load();
    await define(command, finish, isAll ? 'all' : words.slice(words.indexOf(each) + 1));
  }
}

const jsonOption = (): Option => new Option('--json', 'short for --format json').conflicts('format');

/** The forms of what a check found. */
export const CHECK_FORMATS: readonly CheckFormat[] = ['text', 'json', 'sarif', 'github', 'gitlab', 'junit'];

/** The option `--format`, and `--json` for one of its forms. */
export const withFormat = (command: Command, formats: readonly string[] = ['text', 'json']): Command =>
  command
    .addOption(new Option('--format <format>', 'form of the report').choices(formats).default('text'))
    .addOption(jsonOption());

export const formatOf = <Form extends string = Format>({
  format,
  json,
}: {
  format: Form;
  json?: true;
}): Form | 'json' => (json ? 'json' : format);

export const profileOption = (): Option =>
  new Option('--profile <profile>', 'the kernel rules, if a manifest names no profile')
    .choices(PROFILES)
    .default('strict');

export const architectureOption = (explanation: string): Option =>
  new Option('-a, --arch <arch>', explanation).choices(ARCHITECTURES);

export const layoutOption = (): Option =>
  new Option(
    '--layout <id>',
    'layout of binary configs, where their bytes do not decide it: nxp10, ti12, std12',
  ).argParser((id: string): Versioned => {
    const version = parseLayoutId(id);
    if (version !== null) return version;
    throw new InvalidArgumentError(`It must be ${either(LAYOUT_IDS)}.`);
  });

/** The values of an option that may be repeated. */
export const collect = (value: string, before: string[] = []): string[] => [...before, value];

/** The default of options that name a file. */
export const STDOUT = '-';

/** The later of two would hide the earlier. */
export function once(value: string, before: string | undefined): string {
  if (before !== undefined && before !== STDOUT) throw new InvalidArgumentError('It can be given only once.');
  return value;
}
