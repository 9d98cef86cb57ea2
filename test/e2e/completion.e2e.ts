import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Folder } from '../helpers/cell-files.ts';
import { run } from '../helpers/cli.ts';

let folder: Folder;
let pages: string[];

beforeAll(async () => {
  folder = await Folder.create({ 'linux one.cell': 'x', 'sub/x': 'x' });
  await run(['completion', '-o', folder.at('shells')]);
  await run(['man', '-o', folder.at('man')]);
  pages = readdirSync(folder.at('man')).map((name) => folder.at(path.join('man', name)));
});
afterAll(() => folder.remove());

/** Runs a program in the folder; gives what it prints, errors too. */
const say = (command: string, args: readonly string[], input = ''): string =>
  execFileSync(command, args, {
    cwd: folder.path,
    encoding: 'utf8',
    input,
    env: { PATH: process.env['PATH'], HOME: folder.path, TERM: 'dumb', LC_ALL: 'C.UTF-8' },
  });

test.each([
  ['bash', 'jailhouse-bundle'],
  ['zsh', '_jailhouse-bundle'],
  ['fish', 'jailhouse-bundle.fish'],
])('%s reads its script without a complaint', (shell, name) => {
  expect(say('sh', ['-c', `${shell} -n shells/${name} 2>&1`])).toBe('');
});

describe('fish', () => {
  const offered = (line: string): string[] =>
    say('fish', ['--no-config', '-c', `source shells/jailhouse-bundle.fish; complete -C '${line}'`])
      .split('\n')
      .filter((each) => each !== '')
      .map((each) => each.split('\t')[0]!);

  test.each([
    ['jailhouse-bundle ver', ['verify']],
    ['jailhouse-bundle cell de', ['decompile']],
    ['jailhouse-bundle --color never sch', ['schema']],
    ['jailhouse-bundle check --form', ['--format']],
    ['jailhouse-bundle check --format sa', ['sarif']],
    ['jailhouse-bundle check --format=sa', ['--format=sarif']],
    ['jailhouse-bundle check --cell li', ['linux one.cell']],
    ['jailhouse-bundle check --json li', ['linux one.cell']],
    ['jailhouse-bundle build -o su', ['sub/']],
    ['jailhouse-bundle rules kernel/seri', ['kernel/serial-8250', 'kernel/serio']],
    ['jailhouse-bundle explain kernel/serio', ['kernel/serio']],
    ['jailhouse-bundle check --cmdline li', []],
    // Each place has its own words, and there are no more of them than the command takes.
    ['jailhouse-bundle rules kernel/serio kernel/seri', []],
    ['jailhouse-bundle rules --json kernel/seri', ['kernel/serial-8250', 'kernel/serio']],
    ['jailhouse-bundle explain kernel/serio kernel/seri', []],
    ['jailhouse-bundle inspect li', ['linux one.cell']],
    ['jailhouse-bundle check linux.cell.yaml li', ['linux one.cell']],
    ['jailhouse-bundle check --format sarif -o check li', ['linux one.cell']],
    ['jailhouse-bundle completion ba', ['bash']],
    ['jailhouse-bundle completion bash z', []],
    ['jailhouse-bundle cell compile li', ['linux one.cell']],
    ['jailhouse-bundle cell compile a.yaml li', []],
    ['jailhouse-bundle cell compile -o out.cell li', ['linux one.cell']],
    ['jailhouse-bundle diff li', ['linux one.cell']],
    ['jailhouse-bundle diff a.tar li', ['linux one.cell']],
    ['jailhouse-bundle diff a.tar b.tar li', []],
    ['jailhouse-bundle check - li', ['linux one.cell']],
    ['jailhouse-bundle rules -- kernel/seri', ['kernel/serial-8250', 'kernel/serio']],
    ['jailhouse-bundle check rules li', ['linux one.cell']],
    ['jailhouse-bundle rules --color never kernel/seri', ['kernel/serial-8250', 'kernel/serio']],
    ['jailhouse-bundle foo che', []],
    ['jailhouse-bundle cell foo de', []],
  ])('%s', (line, expected) => {
    expect(offered(line)).toEqual(expected);
  });
});

describe('zsh', () => {
  /** What stands on each line after a press of Tab, in a zsh with nothing but the script; it takes seconds to start. */
  const afterTab = (lines: readonly string[]): string[] => {
    const asked = lines.map(
      (line) => `
      zpty -n -w shell ${JSON.stringify(line)}$'\\t\\x18'
      zpty -r -m shell seen '*<<*>>*'
      print -r -- "$seen"`,
    );
    const script = `
      zmodload zsh/zpty
      zpty -b shell zsh -f -i
      zpty -w shell 'PS1=; fpath=($PWD/shells $fpath); autoload -U compinit; compinit -u -D; bindkey "^I" complete-word; unsetopt auto_list list_beep; stty -echo; show() { print -r -- "<<$BUFFER>>"; BUFFER=; zle accept-line }; zle -N show; bindkey "^X" show; print -r READY'
      zpty -r -m shell seen '*READY*'
      ${asked.join('')}
      zpty -d shell`;
    const seen = say('timeout', ['120', 'zsh', '-f', '-c', script]);
    return [...seen.matchAll(/<<(.*)>>/g)].map(([, line]) => line!);
  };

  const LINES = [
    ['jailhouse-bundle ver', 'jailhouse-bundle verify '],
    ['jailhouse-bundle cell de', 'jailhouse-bundle cell decompile '],
    ['jailhouse-bundle --color never sch', 'jailhouse-bundle --color never schema '],
    ['jailhouse-bundle check --root-i', 'jailhouse-bundle check --root-iomem='],
    ['jailhouse-bundle check --format=sa', 'jailhouse-bundle check --format=sarif '],
    ['jailhouse-bundle check --format sa', 'jailhouse-bundle check --format sarif '],
    ['jailhouse-bundle check --cell lin', 'jailhouse-bundle check --cell linux\\ one.cell '],
    ['jailhouse-bundle check lin', 'jailhouse-bundle check linux\\ one.cell '],
    ['jailhouse-bundle rules kernel/serio', 'jailhouse-bundle rules kernel/serio '],
    ['jailhouse-bundle man inspe', 'jailhouse-bundle man inspect '],
  ] as const;
  let completed: string[];
  beforeAll(() => {
    completed = afterTab(LINES.map(([line]) => line));
  });

  test.each(LINES.map(([line, expected], index) => ({ line, expected, index })))(
    '$line',
    ({ expected, index }) => {
      expect(completed[index]).toBe(expected);
    },
  );
});

describe('manual pages', () => {
  test('man and groff have nothing to warn of', () => {
    expect(pages.length).toBeGreaterThan(20);
    for (const page of pages) {
      expect(say('sh', ['-c', `groff -man -ww -z -K utf8 -T utf8 '${page}' 2>&1`]), page).toBe('');
      expect(say('sh', ['-c', `MANWIDTH=80 man --warnings -l '${page}' 2>&1 >/dev/null`]), page).toBe('');
    }
  });

  test('mandoc has no more to say than that they have no date', () => {
    const said = say('sh', [
      '-c',
      `mandoc -T lint -W warning ${pages.map((page) => `'${page}'`).join(' ')}; true`,
    ]);
    expect(said.split('\n').filter((line) => line !== '' && !line.includes('missing date'))).toEqual([]);
  });

  test('show what the help shows', () => {
    const shown = say('sh', ['-c', 'MANWIDTH=100 man -P cat -l man/jailhouse-bundle-check.1 | col -b']);
    expect(shown).toMatch(/NAME\n +jailhouse-bundle-check - check manifests/);
    expect(shown).toMatch(/ -o, --output <file>\n/);
    expect(shown).toMatch(/EXIT STATUS\n +0 +fine: no finding fails/);
    expect(shown).toContain("jailhouse-bundle check --kernel bzImage --cmdline 'console=ttyS0,115200'");
  });
});
