const ESCAPE = '\u001b';
const BELL = '\u0007';

/** Colours, titles, questions and modes of a terminal (ECMA-48, ECMA-35). */
const SEQUENCES = new RegExp(
  `${ESCAPE}(?:\\[[0-?]*[ -/]*[@-~]|\\][^${BELL}${ESCAPE}]*(?:${BELL}|${ESCAPE}\\\\)?|[ -/]*[0-Z\\\\^-~])`,
  'g',
);

/** One whose end has not come. */
const UNFINISHED = new RegExp(`${ESCAPE}(?:\\[[0-?]*)?[ -/]*$`);

/** A text without what a terminal would not show. */
export const withoutSequences = (text: string): string => text.replaceAll(SEQUENCES, '');

/** The same of a text that goes on: it may end within such a sequence. */
export const withoutUnfinished = (text: string): string => withoutSequences(text).replace(UNFINISHED, '');
