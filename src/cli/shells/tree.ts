import type { Argument, Command, Option } from 'commander';
import { FINDING_CODES } from '../../base/codes.ts';
import { LAYOUT_IDS } from '../../formats/cell/layout-ids.ts';
import { catalogue } from '../../reports/catalogue.ts';
import { collect } from '../command.ts';

/** A command with all that is in it, as commander has it. */
export interface CommandNode {
  /** `['cell', 'check']`; empty for the program. */
  path: readonly string[];
  command: Command;
  /** What its options are, with `--help`. */
  options: readonly Option[];
  arguments: readonly Argument[];
  children: readonly CommandNode[];
}

/** What may stand in a place. */
export interface Value {
  words: readonly string[];
  files: 'files' | 'folders' | null;
}

/** A program whose commands are all defined. */
export function treeOf(command: Command, path: readonly string[] = []): CommandNode {
  const help = command.createHelp();
  return {
    path,
    command,
    options: help.visibleOptions(command),
    arguments: command.registeredArguments,
    children: help.visibleCommands(command).map((child) => treeOf(child, [...path, child.name()])),
  };
}

/** A node and all below it, each before what is in it. */
export const nodesOf = (node: CommandNode): CommandNode[] => [node, ...node.children.flatMap(nodesOf)];

/** Placeholders of what is a file, or becomes one. */
const FILES: ReadonlySet<string> = new Set([
  'after',
  'before',
  'board',
  'bundle',
  'bundle|manifest',
  'cell',
  'cellconfig',
  'file',
  'kernel',
  'manifest',
  'name',
  'system',
]);

const NOTHING: Value = { words: [], files: null };
const words = (list: readonly string[]): Value => ({ words: list, files: null });

const placeholderOf = ({ flags }: Option): string => /[<[]([^>\]]+)[>\]]/.exec(flags)?.[1] ?? '';

/** What only one option's or argument's own code knows. */
function special(where: string, root: CommandNode): Value | null {
  switch (where) {
    case '--layout':
      return words(LAYOUT_IDS);
    case 'rules id':
      return words(FINDING_CODES);
    case 'explain file':
      return { words: catalogue().map(({ id }) => id), files: 'files' };
    case 'help command':
    case 'man command':
      return words(root.children.map(({ path }) => path[0]!));
    case 'cell help command':
      return words(
        root.children.find(({ path }) => path[0] === 'cell')!.children.map(({ path }) => path[1]!),
      );
    default:
      return null;
  }
}

function placed(name: string, choices: readonly string[] | undefined): Value {
  if (choices !== undefined) return words(choices);
  if (name === 'dir' || name === 'folder') return { words: [], files: 'folders' };
  return FILES.has(name) ? { words: [], files: 'files' } : NOTHING;
}

/** Whether the option must have a value; one that only may have one takes it after `=`. */
export const takesValue = (option: Option): boolean => option.required;

export const isRepeatable = (option: Option): boolean => option.variadic || option.parseArg === collect;

/** What an option takes; nothing for one that takes none. */
export const valueOfOption = (option: Option, root: CommandNode): Value =>
  takesValue(option)
    ? (special(option.long ?? '', root) ?? placed(placeholderOf(option), option.argChoices))
    : NOTHING;

/** What an argument takes. */
export const valueOfArgument = (node: CommandNode, argument: Argument, root: CommandNode): Value =>
  special([...node.path, argument.name()].join(' '), root) ?? placed(argument.name(), argument.argChoices);

/** The names of an option: `-o`, `--output`. */
export const namesOfOption = ({ short, long }: Option): string[] =>
  [short, long].filter((name) => name !== undefined);

/** The first sentence of what is said of an option, for a list that a shell shows. */
export const inShort = (text: string): string => text.split(/; |: |\. /)[0]!.trim();
