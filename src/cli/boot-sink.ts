import { closeSync, openSync, writeSync } from 'node:fs';
import { printable } from '../base/text.ts';
import { LineReader } from '../boot/lines.ts';
import type { Channel } from '../boot/watch.ts';
import type { BootOptions } from '../inputs/boot/types.ts';
import { fileFault } from '../inputs/fault.ts';
import type { BootCommandOptions } from './boot-options.ts';

/** Where what the guest prints goes while it runs. */
export interface Sink {
  of(file: string): NonNullable<BootOptions['onOutput']>;
  close(): void;
}

/** @param several lines get the bundle's name in front */
export function makeSink(
  { console: isLive, log, format }: Pick<BootCommandOptions, 'console' | 'log' | 'format'>,
  several: boolean,
): Sink {
  let logFile: number | null = null;
  if (log !== undefined) {
    try {
      logFile = openSync(log, 'w');
    } catch (error) {
      throw fileFault('output/unwritable', `cannot write ${log}`, error);
    }
  }
  const stream = format === 'text' ? process.stdout : process.stderr;
  return {
    of(file) {
      const readers = new Map<Channel, LineReader>();
      const name = several ? `${printable(file)}: ` : '';
      return (channel, bytes) => {
        const reader = readers.get(channel) ?? new LineReader();
        readers.set(channel, reader);
        for (const line of reader.push(bytes)) {
          if (logFile !== null) writeSync(logFile, `${name}${line}\n`);
          if (isLive && channel !== 'monitor') stream.write(`${name}${printable(line)}\n`);
        }
      };
    },
    close: () => logFile !== null && closeSync(logFile),
  };
}
