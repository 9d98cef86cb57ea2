import { TOOL_VERSION } from '../../base/version.ts';
import { EXIT_TEXTS } from '../exit-texts.ts';
import { nodesOf, type CommandNode } from './tree.ts';

/** Characters that roff reads as something else, or prints as another one. */
const SPECIAL: Readonly<Record<string, string>> = {
  '\\': String.raw`\(rs`,
  '-': String.raw`\-`,
  "'": String.raw`\(aq`,
  '`': String.raw`\(ga`,
  '^': String.raw`\(ha`,
  '~': String.raw`\(ti`,
  '"': String.raw`\(dq`,
};

const plain = (text: string): string =>
  text
    .replaceAll(/[\\\-'`^~"]/g, (character) => SPECIAL[character]!)
    .replaceAll(/[^\n\x20-\x7e]/gu, (character) => {
      const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
      return String.raw`\[u${code}]`;
    })
    .replaceAll(/^\./gm, String.raw`\&.`);

const bold = (text: string): string => String.raw`\fB${plain(text)}\fR`;
/** Text with code in backquotes. */
const rich = (text: string): string =>
  text
    .split(/`([^`]+)`/)
    .map((part, index) => (index % 2 === 0 ? plain(part) : bold(part)))
    .join('');

/** The page of a command: `jailhouse-bundle-cell-check`. */
export const pageName = (path: readonly string[]): string => ['jailhouse-bundle', ...path].join('-');

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [`.SH ${title.toUpperCase()}`, ...lines];

const tagged = (term: string, text: string): string[] => ['.TP', term, text];

/** `-o, --output <file>`, its names bold and its value italic. */
const optionTerm = (flags: string): string =>
  flags.replaceAll(
    /(--?[\w-]+)|([<[])([^>\]]+)([>\]])|[^-<[]+/g,
    (text, name?: string, open?: string, value?: string, close?: string) => {
      if (name !== undefined) return bold(name);
      return value === undefined ? plain(text) : `${plain(open!)}\\fI${plain(value)}\\fR${plain(close!)}`;
    },
  );

/** The help as it is printed, with what is said after it. */
function wholeHelp({ command }: CommandNode): string {
  let text = '';
  const before = command.configureOutput();
  command.configureOutput({ ...before, writeOut: (part) => (text += part) });
  command.outputHelp();
  command.configureOutput(before);
  return text;
}

function examples(node: CommandNode): string[] {
  const [, list] = /^Examples?:\n((?: {2}.*\n?)+)/m.exec(wholeHelp(node)) ?? [];
  if (list === undefined) return [];
  const lines = list.trimEnd().split('\n');
  return ['.nf', ...lines.map((line) => plain(line.slice(2))), '.fi'];
}

/** The manual page of a command, for man(1). */
function manualPage(node: CommandNode, root: CommandNode): string {
  const { command, path, options, children } = node;
  const help = command.createHelp();
  const name = pageName(path);
  const heading = [name.toUpperCase(), '1', '', `jailhouse-bundle ${TOOL_VERSION}`, 'jailhouse-bundle'];
  const others = nodesOf(root).filter((other) => other !== node && other.path.at(-1) !== 'help');
  const near = path.length === 0 ? others : [root, ...others.filter((other) => isNear(other.path, path))];
  const listed = path.length === 0 ? near : [...new Set(near)];
  return [
    `.TH ${heading.map((each) => `"${plain(each)}"`).join(' ')}`,
    ...section('name', [`${plain(name)} \\- ${rich(command.summary() || command.description())}`]),
    ...section('synopsis', [
      `${bold(['jailhouse-bundle', ...path].join(' '))} ${plain(command.usage())}`.trimEnd(),
    ]),
    ...section('description', [rich(command.description())]),
    ...section(
      'arguments',
      node.arguments
        .filter(({ description }) => description !== '')
        .flatMap((argument) =>
          tagged(`\\fI${plain(argument.name())}\\fR`, rich(help.argumentDescription(argument))),
        ),
    ),
    ...section(
      'options',
      options.flatMap((option) => tagged(optionTerm(option.flags), rich(help.optionDescription(option)))),
    ),
    ...section(
      'commands',
      children.flatMap((child) =>
        tagged(bold(child.path.at(-1)!), rich(child.command.summary() || child.command.description())),
      ),
    ),
    ...section(
      'exit status',
      EXIT_TEXTS.flatMap(({ codes, text }) => tagged(bold(codes.join(', ')), rich(text))),
    ),
    ...section('examples', examples(node)),
    ...section('see also', [listed.map((other) => `\\fB${plain(pageName(other.path))}\\fR(1)`).join(',\n')]),
    '',
  ].join('\n');
}

/** Commands of the same group, and those in it. */
const isNear = (other: readonly string[], path: readonly string[]): boolean =>
  other.length > path.length
    ? path.every((word, index) => other[index] === word)
    : other.length > 1 && other[0] === path[0];

/** The pages of the program and of all commands but `help`, by their files' names. */
export const manualPages = (root: CommandNode): ReadonlyMap<string, string> =>
  new Map(
    nodesOf(root)
      .filter(({ path }) => path.at(-1) !== 'help')
      .map((node) => [`${pageName(node.path)}.1`, manualPage(node, root)]),
  );
