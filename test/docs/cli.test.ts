import { expect, test } from 'vitest';
import { EXIT_TEXTS } from '../../src/cli/exit-texts.ts';
import { EXIT } from '../../src/cli/exit.ts';
import { SIGNALS } from '../../src/inputs/signals.ts';
import { run } from '../helpers/cli.ts';
import { codeBlock, expectSections, table } from '../helpers/docs.ts';

const helpOf = async (words: readonly string[]): Promise<string> => {
  const { stdout, code } = await run([...words, '--help']);
  expect(code).toBe(0);
  return stdout;
};

/** The words of all commands, groups before what is in them. */
async function commandsBelow(words: readonly string[]): Promise<(readonly string[])[]> {
  const [, list] = /\nCommands:\n([^]*?)(?:\n\n|$)/.exec(await helpOf(words)) ?? [];
  const names = [...(list ?? '').matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name]) => name!);
  const found = names.filter((name) => name !== 'help').map((name) => [...words, name]);
  const inner = await Promise.all(found.map(commandsBelow));
  return found.flatMap((each, index) => [each, ...inner[index]!]);
}

test('the page has the help of every command', async () => {
  const commands = await commandsBelow([]);
  expect(commands).toContainEqual(['cell', 'check']);
  const sections = await Promise.all(
    commands.map(async (words) => `## \`${words.join(' ')}\`\n\n${codeBlock(await helpOf(words))}`),
  );
  await expectSections('reference/cli.md', {
    overview: codeBlock(await helpOf([])),
    exit: table(
      ['code', 'when'],
      EXIT_TEXTS.map(({ codes, text }) => [codes.join(', '), text]),
    ),
    commands: sections.join('\n\n'),
  });
});

test('the list of commands shows their arguments and whether they have options', async () => {
  for (const group of [[], ['cell']]) {
    const [, list] = /\nCommands:\n([^]*?)(?:\n\n|$)/.exec(await helpOf(group))!;
    for (const [, term, name] of list!.matchAll(/^ {2}(([a-z-]+).*?) {2,}/gm)) {
      if (name === 'help') continue;
      const help = await helpOf([...group, name!]);
      const [, usage] = /^Usage: (.*)$/m.exec(help)!;
      const bare = (text: string): string => text.replace(/ \[(?:options|command)\]/g, '');
      expect(bare(usage!)).toBe(['jailhouse-bundle', ...group, bare(term!)].join(' '));
      const hasOptions = /^ {2}(?:-\w, )?--(?!help)/m.test(help);
      expect([name, term!.includes('[options]')]).toEqual([name, hasOptions]);
    }
  }
});

test('the table of exit codes has every code, once', () => {
  const listed = EXIT_TEXTS.flatMap(({ codes }) => codes);
  expect(listed).toEqual([...Object.values(EXIT), ...Object.values(SIGNALS)]);
});
