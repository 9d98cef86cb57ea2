import { describe, expect, test } from 'vitest';
import { RUN_PAGES } from '../helpers/run-pages.ts';
import { markedBlocks } from '../helpers/marked-blocks.ts';

describe.each(Object.keys(RUN_PAGES))('%s', (page) => {
  const blocks = markedBlocks(page);

  test('says of each block of commands what is done with it', () => {
    const unmarked = blocks.filter(({ language, mark }) => language === 'sh' && mark === null);
    expect(unmarked.map(({ line }) => line)).toEqual([]);
    expect(blocks.filter(({ mark }) => mark?.startsWith('run')).length).toBeGreaterThan(1);
  });

  test('has no wide line in its blocks of commands', () => {
    const lines = blocks.filter(({ language }) => language === 'sh').flatMap(({ text }) => text.split('\n'));
    expect(lines.filter((line) => line.length > 120)).toEqual([]);
  });
});
