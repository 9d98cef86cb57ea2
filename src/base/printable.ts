/** Control and format characters, line ends and bidirectional overrides among them, and halves of surrogate pairs. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Puts something else for each character that could control a terminal, or hide or turn text on it. */
export const replaceUnprintable = (text: string, by: (character: string) => string): string =>
  text.replace(UNPRINTABLE, by);

/** Text from a foreign file or its name, unable to control a terminal: `\u{1b}[31m`. */
export const printable = (text: string): string =>
  replaceUnprintable(text, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);

/** JSON that says the same and holds no character that could control a terminal. */
export const printableJson = (json: string): string =>
  replaceUnprintable(json, (character) =>
    character === '\n'
      ? character
      : [...Array(character.length).keys()]
          .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`)
          .join(''),
  );
