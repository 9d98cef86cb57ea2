/** CPU seconds that a boot can be given. */
export const LONGEST_TIMEOUT = 86_400;

/** Seconds until a cell must be ready on its target. */
export const LONGEST_READY = 3600;

/** What the engine says is wrong with a text as a regular expression; `null`: nothing. */
export function regexFault(text: string): string | null {
  try {
    return RegExp(text) && null;
  } catch (error) {
    return (error as SyntaxError).message.replace(/^.*: /, '');
  }
}
