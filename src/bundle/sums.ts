import { InputError } from '../base/diagnostic.ts';
import { COPY_AGAIN, FILES_LIMIT, shown, SUMS_NAME } from './names.ts';

/** A line that `sha256sum -c` reads, GNU's and busybox's. */
const LINE = /^([0-9a-f]{64}) {2}([^\n\\\0]+)$/;

/**
 * The text of SHA256SUMS, one line a file, in the map's order. Names are relative to the bundle's folder, or absolute
 * for files on the target; blanks and non-ASCII are fine.
 *
 * @throws InputError `bundle/name` for a name with a newline or a backslash: GNU sha256sum escapes them, busybox
 *   does not read that
 */
export function formatSums(digests: ReadonlyMap<string, { sha256: string }>): string {
  let text = '';
  for (const [name, { sha256 }] of digests) {
    const line = `${sha256}  ${name}`;
    if (!LINE.test(line)) {
      throw new InputError('bundle/name', `the name ${shown(name)} cannot be written to ${SUMS_NAME}`, {
        fix: 'rename the file: without newline, backslash and NUL',
      });
    }
    text += `${line}\n`;
  }
  return text;
}

/**
 * The digests in a SHA256SUMS, by name.
 *
 * @throws InputError `bundle/sums` for a line that {@link formatSums} does not write, a name given twice, or too many
 */
export function parseSums(text: string): Map<string, string> {
  const sums = new Map<string, string>();
  const lines = text.split('\n');
  if (lines.pop() !== '') throw badLine(lines.length + 1, 'has no newline at its end');
  for (const [i, line] of lines.entries()) {
    const [, sha256, name] = LINE.exec(line) ?? [];
    if (sha256 === undefined || name === undefined) {
      throw badLine(i + 1, 'is not 64 hex digits, two blanks and a name');
    }
    if (sums.has(name)) throw badLine(i + 1, `names ${shown(name)} again`);
    if (sums.size >= FILES_LIMIT)
      throw badLine(i + 1, `is one file more than allowed (${FILES_LIMIT} are allowed)`);
    sums.set(name, sha256);
  }
  return sums;
}

const badLine = (line: number, what: string): InputError =>
  new InputError('bundle/sums', `${SUMS_NAME}: line ${line} ${what}`, {
    fix: COPY_AGAIN,
  });
