import { InputError } from '../base/diagnostic.ts';
import { fileFault } from './fault.ts';

/** The argument that means the standard input. */
export const STDIN = '-';

/** What the standard input is called where a file would be. */
export const STDIN_TITLE = '<stdin>';

/** What to do about a standard input that cannot be used. */
interface Fixes {
  empty: string;
  tooLarge: string;
}

/** @throws InputError `input/unreadable`, `input/empty` */
export async function* streamStandardInput(empty: string): AsyncGenerator<Uint8Array, void> {
  let size = 0;
  try {
    for await (const chunk of process.stdin as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      yield chunk;
    }
  } catch (error) {
    throw fileFault('input/unreadable', 'cannot read the standard input', error);
  }
  if (size === 0) throw new InputError('input/empty', 'the standard input is empty', { fix: empty });
}

/** @throws InputError `input/too-large` */
export async function collect(
  chunks: AsyncIterable<Uint8Array>,
  limit: number,
  fix: string,
): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > limit) {
      throw new InputError('input/too-large', `the standard input has more than ${limit} bytes`, { fix });
    }
    all.push(chunk);
  }
  return Buffer.concat(all);
}

/** All of the standard input. @throws InputError `input/unreadable`, `input/too-large`, `input/empty` */
export const readStandardInput = (limit: number, { empty, tooLarge }: Fixes): Promise<Uint8Array> =>
  collect(streamStandardInput(empty), limit, tooLarge);
