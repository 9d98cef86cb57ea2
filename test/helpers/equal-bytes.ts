import { expect } from 'vitest';

declare global {
  /** Set once the tester is there: the files of a worker share it. */
  var bytesAreCompared: true | undefined;
}

/** `toEqual` looks at each index of an array of bytes by its name, which takes most of the time of some tests. */
if (globalThis.bytesAreCompared === undefined) {
  globalThis.bytesAreCompared = true;
  expect.addEqualityTesters([
    (a, b) => (a instanceof Uint8Array && b instanceof Uint8Array ? Buffer.compare(a, b) === 0 : undefined),
  ]);
}
