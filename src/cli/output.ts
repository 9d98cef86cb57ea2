import { createColors } from 'picocolors';

/** Writes all of it before it goes on; a reader that went away (`| head`) is no failure. */
export const print = (stream: NodeJS.WriteStream, text: string): Promise<void> =>
  new Promise((resolve, reject) => {
    stream.write(text, (error?: (Error & { code?: string }) | null) => {
      if (error && error.code !== 'EPIPE') reject(error);
      else resolve();
    });
  });

export const printLine = (text: string): Promise<void> => print(process.stdout, `${text}\n`);
export const printNote = (text: string): Promise<void> => print(process.stderr, `${text}\n`);

export type Colors = ReturnType<typeof createColors>;

/** Colours for terminals alone, whatever CI says; NO_COLOR and TERM=dumb turn them off, FORCE_COLOR on. */
export function colorsFor(stream: NodeJS.WriteStream): Colors {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  const wanted = FORCE_COLOR ? FORCE_COLOR !== '0' : stream.isTTY === true && TERM !== 'dumb';
  return createColors(wanted && !NO_COLOR);
}

/** JSON for machines; addresses are hex texts. */
export const toJson = (value: unknown): string =>
  JSON.stringify(
    value,
    (_, item: unknown) => {
      if (typeof item === 'bigint') return `0x${item.toString(16)}`;
      if (item instanceof Uint8Array) return Buffer.from(item).toString('hex');
      return item;
    },
    2,
  );
