import type { Option } from 'commander';
import { TOOL_VERSION } from '../../base/version.ts';
import {
  inShort,
  namesOfOption,
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

/** A line for a command; for some of its places alone, from the first one to before the end, where there is one. */
const lineFor = (node: CommandNode, places: readonly number[], rest: string): string => {
  const at = ['__jailhouse_bundle_at', quoted(node.path.join(' ')), ...places].join(' ');
  return `complete -c jailhouse-bundle -n ${quoted(at)}${rest}`;
};

function optionLine(node: CommandNode, option: Option, root: CommandNode): string {
  const { short, long, description } = option;
  const names = `${short ? ` -s ${short.slice(1)}` : ''}${long ? ` -l ${long.slice(2)}` : ''}`;
  const value = valueOfOption(option, root);
  const exclusive = value.files === 'files' ? ' -r' : ' -x';
  const taken = takesValue(option) ? `${exclusive}${takenBy(value)}` : '';
  return lineFor(node, [], `${names}${taken} -d ${quoted(inShort(description))}`);
}

function linesOf(node: CommandNode, root: CommandNode): string[] {
  const children = node.children.map(({ path, command }) =>
    lineFor(node, [0, 1], ` -a ${path.at(-1)!} -d ${quoted(command.summary() || command.description())}`),
  );
  const values = node.arguments.flatMap((argument, place) => {
    const taken = takenBy(valueOfArgument(node, argument, root));
    return taken === '' ? [] : [lineFor(node, argument.variadic ? [place] : [place, place + 1], taken)];
  });
  return [...children, ...values, ...node.options.map((option) => optionLine(node, option, root))];
}

/** The options of a command that the next word belongs to, as a case of what `switch` is about. */
function valuedCase({ path, options }: CommandNode, root: CommandNode): string[] {
  const names = new Set([...root.options, ...options].filter(takesValue).flatMap(namesOfOption));
  return [
    `                case ${quoted(path.join(' '))}`,
    `                    contains -- $word ${[...names].join(' ')}; and set skip 1`,
  ];
}

/** A script that makes fish complete. */
export function fishCompletion(root: CommandNode): string {
  const nodes = nodesOf(root);
  const known = nodes.filter(({ path }) => path.length > 0).map(({ path }) => quoted(path.join(' ')));
  return [
    `# Completion of jailhouse-bundle ${TOOL_VERSION} for fish.`,
    '',
    '# Whether the command line is at this command; with more arguments: at its argument of this number, counted from 0, or',
    '# at one from that to before the next number.',
    'function __jailhouse_bundle_at',
    `    set -l known ${known.join(' ')}`,
    "    set -l path ''",
    '    set -l place 0',
    '    set -l skip 0',
    '    set -l options 1',
    '    for word in (commandline -opc)[2..-1]',
    '        if test $skip = 1',
    '            set skip 0',
    '        else if test $options = 1; and test "$word" = --',
    '            set options 0',
    "        else if test $options = 1; and string match -qr -- '^-.' $word",
    '            switch "$path"',
    ...nodes.flatMap((node) => valuedCase(node, root)),
    '            end',
    '        else',
    '            set -l longer (string trim -- "$path $word")',
    '            if test $place = 0; and contains -- "$longer" $known',
    '                set path "$longer"',
    '            else',
    '                set place (math $place + 1)',
    '            end',
    '        end',
    '    end',
    '    test "$path" = "$argv[1]"; or return 1',
    '    test (count $argv) -lt 2; or test $place -ge $argv[2]; or return 1',
    '    test (count $argv) -lt 3; or test $place -lt $argv[3]',
    'end',
    '',
    'complete -c jailhouse-bundle -f',
    ...nodes.flatMap((node) => linesOf(node, root)),
    '',
  ].join('\n');
}
