import { TOOL_VERSION } from '../../base/version.ts';
import {
  namesOfOption,
  nodesOf,
  takesValue,
  valueOfArgument,
  valueOfOption,
  type CommandNode,
  type Value,
} from './tree.ts';

/** As in Debian's own: a function, and no other program. */
const CODE = `
# What the command in $1 has: its options, those of them with a value, the commands in it.
_jailhouse_bundle_command() {
  options='' valued='' commands=''
  case $1 in
@COMMANDS@
  esac
}

# What may follow an option ('check --format') or be an argument ('diff 0').
_jailhouse_bundle_value() {
  words='' files=''
  case $1 in
@VALUES@
  esac
}

_jailhouse_bundle() {
  local current=\${COMP_WORDS[COMP_CWORD]} path='' option='' ended='' count=0 index word
  local options valued commands words='' files=''
  COMPREPLY=()
  _jailhouse_bundle_command ''
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    if [[ $word == = ]]; then
      continue # --format=json is three words to bash
    elif [[ -n $option ]]; then
      option=''
    elif [[ -n $ended ]]; then
      count=$((count + 1))
    elif [[ $word == -- ]]; then
      ended=1
    elif [[ $word == -* ]]; then
      if [[ " $valued " == *" $word "* ]]; then option=$word; fi
    elif [[ $count -eq 0 && " $commands " == *" $word "* ]]; then
      path=\${path:+$path }$word
      _jailhouse_bundle_command "$path"
    else
      count=$((count + 1))
    fi
  done
  if [[ $current == = ]]; then current=''; fi
  if [[ -n $option ]]; then
    _jailhouse_bundle_value "$path $option"
  elif [[ -z $ended && $current == -* ]]; then
    words=$options
  elif [[ -n $commands ]]; then
    if [[ $count -eq 0 ]]; then words=$commands; fi
  else
    _jailhouse_bundle_value "$path $count"
  fi
  while IFS= read -r word; do
    COMPREPLY+=("$word")
  done < <(
    if [[ -n $words ]]; then compgen -W "$words" -- "$current" || true; fi
    if [[ -n $files ]]; then compgen "$files" -- "$current" || true; fi
  )
  if [[ -n $files && -z $words ]]; then compopt -o filenames 2>/dev/null || true; fi
}

complete -F _jailhouse_bundle jailhouse-bundle
`;

const FLAGS = { files: '-f', folders: '-d' } as const;

/** As assignments; `null` where nothing may stand. */
function assigned({ words, files }: Value): string | null {
  const parts = [
    ...(words.length > 0 ? [`words='${words.join(' ')}'`] : []),
    ...(files === null ? [] : [`files=${FLAGS[files]}`]),
  ];
  return parts.length === 0 ? null : parts.join(' ');
}

function commandCase(node: CommandNode): string {
  const names = (wanted: boolean): string =>
    node.options
      .filter((option) => wanted || takesValue(option))
      .flatMap(namesOfOption)
      .join(' ');
  const children = node.children.map(({ path }) => path.at(-1)!).join(' ');
  return [
    `    '${node.path.join(' ')}')`,
    `      options='${names(true)}'`,
    ...(names(false) === '' ? [] : [`      valued='${names(false)}'`]),
    ...(children === '' ? [] : [`      commands='${children}'`]),
    '      ;;',
  ].join('\n');
}

/** Patterns of a case with what may stand there; those with the same are one. */
function valueCases(root: CommandNode): string {
  const cases = new Map<string, string[]>();
  const add = (value: Value, patterns: readonly string[]): void => {
    const text = assigned(value);
    if (text !== null) cases.set(text, [...(cases.get(text) ?? []), ...patterns]);
  };
  for (const node of nodesOf(root)) {
    const path = node.path.join(' ');
    for (const option of node.options) {
      add(
        valueOfOption(option, root),
        namesOfOption(option).map((name) => `'${path} ${name}'`),
      );
    }
    node.arguments.forEach((argument, index) => {
      const place = argument.variadic ? `'${path} '[0-9]*` : `'${path} ${index}'`;
      add(valueOfArgument(node, argument, root), [place]);
    });
  }
  return [...cases].map(([text, patterns]) => `    ${patterns.join(' | ')}) ${text} ;;`).join('\n');
}

/** A script that makes bash complete. */
export const bashCompletion = (root: CommandNode): string =>
  `# Completion of jailhouse-bundle ${TOOL_VERSION} for bash.\n${CODE}`
    .replace('@COMMANDS@', () => nodesOf(root).map(commandCase).join('\n'))
    .replace('@VALUES@', () => valueCases(root));
