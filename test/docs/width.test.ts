import { expect, test } from 'vitest';
import { pageNames, readPage } from '../helpers/docs.ts';

const WIDTH = 120;

/** Lines outside of code blocks that could be shorter: not only one long word. */
const wideLines = (page: string): string[] =>
  page
    .replaceAll(/^```[^]*?^```/gm, '')
    .split('\n')
    .filter((line) => line.length > WIDTH && line.replace(/^\s*(?:- )?/, '').includes(' '));

test.each(pageNames())('%s has no wide line', (name) => {
  expect(wideLines(readPage(name))).toEqual([]);
});
