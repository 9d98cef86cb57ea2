import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { parsePublicKey } from '../../src/release/minisign/public-key.ts';
import { Folder } from '../helpers/cell-files.ts';
import { closedKeyFile, keyOf } from '../helpers/minisign.ts';
import { shellQuote } from '../../src/base/text.ts';

let folder: Folder;
beforeAll(async () => {
  folder = await Folder.create({ 'closed.key': await closedKeyFile(keyOf(1), 'pässword'), empty: '\n' });
});
afterAll(() => folder.remove());

describe('on a terminal', () => {
  /** What a terminal shows of a command that is typed to. */
  const onTerminal = (words: string[], typed: string): string => {
    const command = [process.execPath, inject('cli'), ...words].map(shellQuote).join(' ');
    // The answer comes when the question is there.
    const type = `sleep 1.5; printf %b ${shellQuote(typed)}; sleep 1`;
    const script = `(${type}) | script -qec ${shellQuote(command)} /dev/null`;
    return execFileSync('sh', ['-c', script], { cwd: folder.path, encoding: 'utf8' });
  };

  test('the password is asked for, and not shown', async () => {
    const shown = onTerminal(
      ['keygen', 'asked', '--from', 'closed.key'],
      'wrong\\025p\\303\\244sswordd\\177\\r',
    );
    expect(shown).toContain('password of closed.key: ');
    expect(shown).not.toMatch(/wrong|p\u00e4/);
    const { id, key } = keyOf(1);
    expect(parsePublicKey(await readFile(folder.at('asked.pub')))).toEqual({ id, key });
  });

  test('Ctrl-C ends it', async () => {
    onTerminalEnded(() => onTerminal(['keygen', 'never', '--from', 'closed.key'], 'p\\003'));
    expect((await folder.names()).filter((name) => name.startsWith('never'))).toEqual([]);
  });

  const onTerminalEnded = (step: () => string): void => {
    expect(step).toThrow(expect.objectContaining({ status: 130 }));
  };
});
