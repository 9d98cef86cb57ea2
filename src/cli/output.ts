import { createColors } from 'picocolors';
import { fileFault } from '../inputs/fault.ts';
import { printableJson } from '../base/text.ts';
import { reportFacts } from '../reports/json.ts';

const ignore = (): void => undefined;

/** Without a listener a failed write would end the process; those who write hear of it from their own callback. */
export function installOutputHandlers(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignore);
}

let isReaderGone = false;

/** Whether nobody reads the standard output any more, as far as writing to it has shown. */
export const readerIsGone = (): boolean => isReaderGone;

/** The reader went away (`| head`), or had gone before. */
const READER_IS_GONE = new Set<unknown>(['EPIPE', 'ERR_STREAM_DESTROYED']);

/**
 * Writes all of a text, or of bytes, before it goes on. A reader that went away is no failure.
 *
 * @throws InputError `output/unwritable`, say for a full disk
 */
export const print = (text: string | Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    process.stdout.write(text, (error?: NodeJS.ErrnoException | null) => {
      isReaderGone ||= READER_IS_GONE.has(error?.code);
      if (!error || READER_IS_GONE.has(error.code)) return resolve();
      reject(fileFault('output/unwritable', 'cannot write to the standard output', error));
    });
  });

export const printLine = (text: string): Promise<void> => print(`${text}\n`);

/** To standard error, where a failure can be told to nobody. */
export const printNote = (text: string): Promise<void> =>
  new Promise((resolve) => process.stderr.write(`${text}\n`, () => resolve()));

export type Colors = ReturnType<typeof createColors>;

/** How text looks where it is shown. */
export interface Look extends Colors {
  /** Columns to wrap text at; `null`: it is not wrapped. */
  width: number | null;
}

/** For files. */
export const PLAIN: Look = { ...createColors(false), width: null };

export const COLOR_CHOICES = ['auto', 'always', 'never'] as const;
type ColorChoice = (typeof COLOR_CHOICES)[number];

let chosen: ColorChoice = 'auto';

/** What `--color` says, for the rest of the run. */
export const chooseColors = (choice: ColorChoice): void => void (chosen = choice);

/** Colours for terminals alone, whatever CI says; NO_COLOR and TERM=dumb turn them off, FORCE_COLOR on. */
function isColorful(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (chosen !== 'auto') return chosen === 'always';
  const wanted = FORCE_COLOR ? FORCE_COLOR !== '0' : stream.isTTY === true && TERM !== 'dumb';
  return wanted && !NO_COLOR;
}

/** COLUMNS, else those of the terminal. What goes to a file or a pipe is searched by lines, and stays unwrapped. */
function widthOf(stream: NodeJS.WriteStream): number | null {
  const { COLUMNS = '' } = process.env;
  if (/^[1-9]\d{0,5}$/.test(COLUMNS)) return Number(COLUMNS);
  return stream.isTTY && stream.columns > 0 ? stream.columns : null;
}

export const lookFor = (stream: NodeJS.WriteStream): Look => ({
  ...createColors(isColorful(stream)),
  width: widthOf(stream),
});

/** JSON for machines; addresses are hex texts. Nothing in it can control a terminal. */
export const toJson = (value: unknown): string =>
  printableJson(
    JSON.stringify(
      value,
      (_, item: unknown) => {
        if (typeof item === 'bigint') return `0x${item.toString(16)}`;
        if (item instanceof Uint8Array) return Buffer.from(item).toString('hex');
        return item;
      },
      2,
    ),
  );

/** Prints what a command says with `--json`. */
export const printReport = (...report: Parameters<typeof reportFacts>): Promise<void> =>
  printLine(toJson(reportFacts(...report)));
