import type { Option } from 'commander';
import { shellQuote } from '../../base/text.ts';
import { TOOL_VERSION } from '../../base/version.ts';
import {
  inShort,
  isRepeatable,
  namesOfOption,
  nodesOf,
  takesValue,
  valueOfArgument,
  valueOfOption,
  type CommandNode,
  type Value,
} from './tree.ts';

const functionOf = (path: readonly string[]): string => ['_jailhouse-bundle', ...path].join('_');

/** Text within a spec of `_arguments`. */
const escaped = (text: string): string => text.replaceAll(/[\\[\]:]/g, String.raw`\$&`);

function actionOf({ words, files }: Value): string {
  const pick = files === null ? null : files === 'files' ? '_files' : '_files -/';
  if (words.length === 0) return pick ?? ' ';
  return pick === null ? `(${words.join(' ')})` : `{${pick}; compadd -- ${words.join(' ')}}`;
}

function optionSpecs(option: Option, root: CommandNode): string[] {
  const names = namesOfOption(option);
  const repeated = isRepeatable(option) ? '*' : '';
  const excluded = names.length > 1 && repeated === '' ? `(${names.join(' ')})` : '';
  const value = takesValue(option)
    ? `:${escaped(option.attributeName())}:${actionOf(valueOfOption(option, root))}`
    : '';
  return names.map((name) => {
    const join = value === '' ? '' : name.startsWith('--') ? '=' : '+';
    return shellQuote(
      `${excluded}${repeated}${name}${join}[${escaped(inShort(option.description))}]${value}`,
    );
  });
}

function argumentSpecs(node: CommandNode, root: CommandNode): string[] {
  return node.arguments.map((argument, index) => {
    const place = argument.variadic ? '*' : `${index + 1}`;
    const optional = argument.required || argument.variadic ? ':' : '::';
    return shellQuote(
      `${place}${optional}${escaped(argument.name())}:${actionOf(valueOfArgument(node, argument, root))}`,
    );
  });
}

const continued = (specs: readonly string[]): string => specs.map((spec) => ` \\\n    ${spec}`).join('');

function functionFor(node: CommandNode, root: CommandNode): string {
  const options = node.options.flatMap((option) => optionSpecs(option, root));
  const name = functionOf(node.path);
  if (node.children.length === 0) {
    return `${name}() {\n  _arguments -s -S :${continued([...options, ...argumentSpecs(node, root)])}\n}`;
  }
  const listed = node.children.map(({ path, command }) =>
    shellQuote(`${path.at(-1)!}:${escaped(command.summary() || command.description())}`),
  );
  return `${name}() {
  local curcontext=$curcontext state line
  local -a commands
  typeset -A opt_args
  commands=(${listed.map((each) => `\n    ${each}`).join('')}
  )
  _arguments -C -S :${continued([...options, "'1: :->command'", "'*:: :->rest'"])}
  case $state in
    command) _describe -t commands command commands ;;
    rest) (( $+functions[${name}_$line[1]] )) && ${name}_$line[1] ;;
  esac
}`;
}

/** A script that makes zsh complete: `_jailhouse-bundle` in a folder of its fpath. */
export const zshCompletion = (root: CommandNode): string =>
  [
    '#compdef jailhouse-bundle',
    `# Completion of jailhouse-bundle ${TOOL_VERSION} for zsh.`,
    '',
    ...nodesOf(root).map((node) => `${functionFor(node, root)}\n`),
    // Loaded by compinit, the file is the function's body; sourced, it defines the function.
    'if [ "$funcstack[1]" = _jailhouse-bundle ]; then',
    '  _jailhouse-bundle "$@"',
    'else',
    '  compdef _jailhouse-bundle jailhouse-bundle',
    'fi',
    '',
  ].join('\n');
