import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PROFILES } from '../../src/base/choices.ts';
import { FINDING_CODES } from '../../src/base/codes.ts';
import { LAYOUT_IDS } from '../../src/formats/cell/layout-ids.ts';
import { ROOT } from '../helpers/docs.ts';
import { Folder } from '../helpers/cell-files.ts';
import { run } from '../helpers/cli.ts';
import { helpPages } from '../helpers/help-pages.ts';

const HELPS = helpPages();

/** Of a command: `check`, `cell check`. */
const optionsOf = (command: string): string[] => [
  ...new Set(
    [...HELPS.get(command)!.matchAll(/^ {2}(?:(-\w), )?(--[a-z-]+)/gm)].flatMap(([, short, long]) =>
      [short, long].filter((each) => each !== undefined),
    ),
  ),
];

let folder: Folder;
const read = (name: string): string => readFileSync(folder.at(name), 'utf8');

beforeAll(async () => {
  folder = await Folder.create({ 'a b.cell': 'x', 'linux.cell.yaml': 'x', 'sub/x': 'x' });
  await run(['completion', '-o', folder.at('shells')]);
  await run(['man', '-o', folder.at('man')]);
});
afterAll(() => folder.remove());

/** What bash offers for a line, of which the last word is not yet complete; `=` parts words, as it does there. */
function completed(...lines: readonly string[][]): string[][] {
  const asked = lines.map((words) => `COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); ask`);
  const script = [
    'compopt() { :; }',
    'source shells/jailhouse-bundle',
    'ask() { COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _jailhouse_bundle; printf "%s\\036" "${COMPREPLY[@]}"; printf "\\035"; }',
    ...asked,
  ].join('\n');
  const output = execFileSync('bash', ['--norc', '-ec', script], { cwd: folder.path, encoding: 'utf8' });
  return output
    .split('\x1d')
    .slice(0, -1)
    .map((part) =>
      part
        .split('\x1e')
        .filter((word) => word !== '')
        .toSorted(),
    );
}

/** What is offered for these lines after the command's name; of one shell, as each takes its time. */
const offered = (...lines: readonly string[][]): string[][] =>
  completed(...lines.map((words) => ['jailhouse-bundle', ...words]));

const COMMANDS = [...HELPS.keys()].filter((command) => command !== '');
let offeredOptions: string[][];
beforeAll(() => {
  offeredOptions = offered(...COMMANDS.map((command) => [...command.split(' '), '-']));
});

describe.each(COMMANDS)('%s', (command) => {
  const options = optionsOf(command);
  const page = `man/jailhouse-bundle-${command.replaceAll(' ', '-')}.1`;

  test('has its options in every completion', () => {
    expect(options).toContain('--help');
    expect(offeredOptions[COMMANDS.indexOf(command)]).toEqual(options.toSorted());
    const functionName = `_jailhouse-bundle_${command.replace(' ', '_')}`;
    const zsh = new RegExp(`^${functionName}\\(\\) \\{\\n([^]*?)^\\}`, 'm').exec(
      read('shells/_jailhouse-bundle'),
    )![1]!;
    const fish = read('shells/jailhouse-bundle.fish')
      .split('\n')
      .filter((line) => line.includes(`__jailhouse_bundle_at \\'${command}\\''`))
      .join('\n');
    for (const option of options) {
      expect(zsh).toMatch(new RegExp(`[')*]${option}[=+]?\\[`));
      expect(fish).toMatch(
        option.startsWith('--')
          ? new RegExp(` -l ${option.slice(2)} `)
          : new RegExp(` -s ${option.slice(1)} `),
      );
    }
  });

  test('has its options on its manual page', () => {
    const terms = [...read(page).matchAll(/^\.TP\n(.*)$/gm)].map(([, term]) => term!.replaceAll('\\-', '-'));
    for (const option of options) {
      expect(
        terms.filter((term) => term.includes(`\\fB${option}\\fR`)),
        option,
      ).toHaveLength(1);
    }
  });
});

const LINES: [words: string[], expected: string[]][] = [
  [['ver'], ['verify']],
  [['check', '--form'], ['--format']],
  [['cell', 'de'], ['decompile']],
  [
    ['--color', 'a'],
    ['always', 'auto'],
  ],
  [['--color', 'never', 'sch'], ['schema']],
  [['check', '--profile', ''], [...PROFILES]],
  [['check', '--format', 's'], ['sarif']],
  [['check', '--format', '=', 's'], ['sarif']],
  [
    ['check', '--format', '='],
    ['github', 'json', 'junit', 'sarif', 'text'],
  ],
  [['check', '--json', '--form'], ['--format']],
  [['check', '--cell', 'a'], ['a b.cell']],
  [['check', '--cell', 'a b.cell', '--kernel', 'l'], ['linux.cell.yaml']],
  [['check', 'l'], ['linux.cell.yaml']],
  [['check', 'linux.cell.yaml', 'a'], ['a b.cell']],
  [
    ['build', '-o', ''],
    ['man', 'shells', 'sub'],
  ],
  [['build', '-o', 'sub', '--boo'], ['--boot']],
  [['check', '--layout', ''], [...LAYOUT_IDS].toSorted()],
  [['rules', 'kernel/ser'], FINDING_CODES.filter((code) => code.startsWith('kernel/ser')).toSorted()],
  [['explain', 'kernel/serio'], ['kernel/serio']],
  [['explain', 'linux'], ['linux.cell.yaml']],
  [['schema', 'o'], ['output']],
  [
    ['completion', ''],
    ['bash', 'fish', 'zsh'],
  ],
  [['man', 'inspe'], ['inspect']],
  [['help', 'inspe'], ['inspect']],
  [['diff', 'a b.cell', 'l'], ['linux.cell.yaml']],
  [['diff', 'x', 'x', 'l'], []],
  [['check', '--cmdline', ''], []],
  [['check', '--', '--'], []],
  [['bogus', ''], []],
  [['boot', '--gdb', 'l'], ['linux.cell.yaml']],
];

describe('bash', () => {
  let found: string[][];
  beforeAll(() => {
    found = offered(...LINES.map(([words]) => words));
  });

  test.each(LINES.map(([words, expected], index) => ({ words, expected, index })))(
    'offers for $words',
    ({ expected, index }) => {
      const all = found[index]!;
      expect(all.filter((word) => expected.includes(word))).toEqual(expected.toSorted());
      if (expected.length < 3) expect(all).toEqual(expected.toSorted());
    },
  );

  test('offers the commands', () => {
    const names = [...HELPS.keys()].filter((name) => name !== '' && !name.includes(' '));
    expect(offered([''])[0]).toEqual([...names, 'help'].toSorted());
  });

  test('every value that a placeholder means is known to be a file, words, or neither', () => {
    const placeholders = [...HELPS.values()].flatMap((help) =>
      [...help.matchAll(/^ {2}(?:-\w, )?--[a-z-]+ [<[]([^>\]]+)[>\]]/gm)].map(([, name]) => name!),
    );
    const known = [
      'file',
      'dir',
      'folder',
      'id',
      'when',
      'format',
      'profile',
      'severity',
      'arch',
      'kind',
      'release',
    ];
    const texts = [
      'string',
      'text',
      'regex',
      'seconds',
      'number',
      'port',
      'n',
      'line',
      'uri',
      'rule=reason',
      'key=value',
    ];
    expect([...new Set(placeholders)].filter((name) => ![...known, ...texts].includes(name))).toEqual([]);
  });
});

test.each([
  [['completion', 'tcsh'], /Allowed choices are bash, zsh, fish/],
  [['completion'], /SHELL does not name one of bash, zsh and fish/],
  [['man', 'chekc'], /there is no command 'chekc'\n {2}did you mean check\?/],
  [['man', 'cell', 'bogus'], /there is no command 'cell bogus'/],
  [['man', 'no', 'such'], /there is no command 'no such'/],
])('%j is wrong usage', async (args, message) => {
  const { code, stdout, stderr } = await run(args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(message);
});

test('print what is written to a folder', async () => {
  expect((await run(['completion'], { env: { SHELL: '/bin/zsh' } })).stdout).toBe(
    read('shells/_jailhouse-bundle'),
  );
  expect((await run(['completion', 'bash'])).stdout).toBe(read('shells/jailhouse-bundle'));
  expect((await run(['man'])).stdout).toBe(read('man/jailhouse-bundle.1'));
  expect((await run(['man', 'cell', 'check'])).stdout).toBe(read('man/jailhouse-bundle-cell-check.1'));
});

test('the package ships the pages and scripts that the build writes', async () => {
  const { man, scripts } = JSON.parse(readFileSync(`${ROOT}/package.json`, 'utf8')) as {
    man: string[];
    scripts: Record<string, string>;
  };
  expect(man).toEqual((await folder.names('man')).map((name) => `./dist/man/${name}`));
  expect(scripts['build']).toContain('node dist/cli.js man -o dist/man');
  expect(scripts['build']).toContain('node dist/cli.js completion -o dist/completions');
});
