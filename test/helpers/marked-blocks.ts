import { readPage } from './docs.ts';

/** A block of a page, and what the comment before it says is done with it. */
export interface MarkedBlock {
  /** `run`, `run: fails`, `target`, `by hand: needs root`; `null`: nothing is said. */
  mark: string | null;
  language: string;
  text: string;
  line: number;
}

const BLOCK =
  /(?:^<!-- (run(?:: [a-z-]+)?|target|by hand: [^>]+|file: [^>]+) -->\n\n?)?^```([a-z]+)\n([^]*?)^```$/gm;

/** The blocks of a page, in its order. */
export function markedBlocks(name: string): MarkedBlock[] {
  const page = readPage(name);
  return [...page.matchAll(BLOCK)].map(({ 1: mark, 2: language, 3: text, index }) => ({
    mark: mark ?? null,
    language: language!,
    text: text!,
    line: page.slice(0, index).split('\n').length,
  }));
}
