import { InputError } from '../base/diagnostic.ts';

/** What tells binary data from a log with a few damaged bytes. */
const SAMPLE = 1 << 16;
const DAMAGED = /(?![\t\n\r])[\p{Cc}\ufffd]/gu;
const MOST_DAMAGED = 0.2;

/** The encoding that the first bytes name: PowerShell and terminals of Windows write UTF-16. */
function encodingOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
}

/**
 * The text of a log. Serial lines garble bytes: what is no UTF-8 becomes U+FFFD.
 *
 * @throws InputError `explain/binary`
 */
export function parseLog(bytes: Uint8Array): string {
  const encoding = encodingOf(bytes);
  const sample = new TextDecoder(encoding).decode(bytes.subarray(0, SAMPLE));
  const damaged = sample.match(DAMAGED)?.length ?? 0;
  if (damaged > sample.length * MOST_DAMAGED) {
    throw new InputError(
      'explain/binary',
      `this is not a log: ${damaged} of its first ${sample.length} characters are not text`,
      {
        fix: 'give the text that the hypervisor or the kernel printed; a serial line at the wrong baud rate gives none',
      },
    );
  }
  return new TextDecoder(encoding).decode(bytes);
}
