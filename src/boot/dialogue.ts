/** What is waited for on the console, in order, and what is sent after each. */
export interface Dialogue {
  expect: readonly RegExp[];
  /** After the expectation of the same place; each is ended by a newline. */
  send: readonly string[];
}

/** Of texts; what is no regular expression is refused before. */
export const dialogueOf = ({
  expect,
  send,
}: {
  expect: readonly string[];
  send: readonly string[];
}): Dialogue => ({ expect: expect.map((text) => new RegExp(text)), send });
