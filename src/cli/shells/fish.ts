import type { Option } from 'commander';
import { TOOL_VERSION } from '../../base/version.ts';
import {
  inShort,
  nodesOf,
  takesValue,
  valueOfArgument,
  valueOfOption,
  type CommandNode,
  type Value,
} from './tree.ts';

const quoted = (text: string): string => `'${text.replaceAll(/[\\']/g, String.raw`\$&`)}'`;

/** fish knows no words for files; a list of words and files is both. */
function takenBy({ words, files }: Value): string {
  const parts = [
    ...(words.length > 0 ? [words.join(' ')] : []),
    ...(files === 'folders' ? ['(__fish_complete_directories)'] : []),
  ];
  const list = parts.length === 0 ? '' : ` -a ${quoted(parts.join(' '))}`;
  return files === 'files' ? ` -F${list}` : list;
}

const lineFor = (node: CommandNode, rest: string): string =>
  `complete -c jailhouse-bundle -n ${quoted(`__jailhouse_bundle_at ${quoted(node.path.join(' '))}`)}${rest}`;

function optionLine(node: CommandNode, option: Option, root: CommandNode): string {
  const { short, long, description } = option;
  const names = `${short ? ` -s ${short.slice(1)}` : ''}${long ? ` -l ${long.slice(2)}` : ''}`;
  const value = valueOfOption(option, root);
  const exclusive = value.files === 'files' ? ' -r' : ' -x';
  const taken = takesValue(option) ? `${exclusive}${takenBy(value)}` : '';
  return lineFor(node, `${names}${taken} -d ${quoted(inShort(description))}`);
}

function linesOf(node: CommandNode, root: CommandNode): string[] {
  const children = node.children.map(({ path, command }) =>
    lineFor(node, ` -a ${path.at(-1)!} -d ${quoted(command.summary() || command.description())}`),
  );
  const values = new Set(
    node.arguments.map((argument) => takenBy(valueOfArgument(node, argument, root))).filter(Boolean),
  );
  return [
    ...children,
    ...[...values].map((taken) => lineFor(node, taken)),
    ...node.options.map((option) => optionLine(node, option, root)),
  ];
}

/** A script that makes fish complete. */
export function fishCompletion(root: CommandNode): string {
  const nodes = nodesOf(root);
  const known = nodes.filter(({ path }) => path.length > 0).map(({ path }) => quoted(path.join(' ')));
  const valued = root.options.filter(takesValue).map(({ long }) => long!);
  return [
    `# Completion of jailhouse-bundle ${TOOL_VERSION} for fish.`,
    '',
    'function __jailhouse_bundle_at --description "Whether the command line is at this command"',
    `    set -l known ${known.join(' ')}`,
    '    set -l path',
    '    set -l skip 0',
    '    for word in (commandline -opc)[2..-1]',
    '        if test $skip = 1',
    '            set skip 0',
    `        else if contains -- $word ${valued.join(' ')}`,
    '            set skip 1',
    "        else if not string match -q -- '-*' $word",
    '            set -l longer (string join " " $path $word)',
    '            contains -- $longer $known; or break',
    '            set path $longer',
    '        end',
    '    end',
    '    test "$path" = "$argv[1]"',
    'end',
    '',
    'complete -c jailhouse-bundle -f',
    ...nodes.flatMap((node) => linesOf(node, root)),
    '',
  ].join('\n');
}
