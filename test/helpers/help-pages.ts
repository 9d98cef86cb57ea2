import { readPage } from './docs.ts';

/** The help of every command by its words, as the reference has it: `check`, `cell check`, and '' for the program. */
export const helpPages = (): Map<string, string> =>
  new Map(
    [
      ...readPage('reference/cli.md').matchAll(
        /^```text\nUsage: jailhouse-bundle(?: ((?:[a-z][a-z-]*(?: |$))*))?[^]*?^```$/gm,
      ),
    ].map(([help, words]) => [(words ?? '').trim(), help]),
  );
