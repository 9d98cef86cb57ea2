import { closeSync, openSync, writeFileSync } from 'node:fs';
import { printable } from '../base/text.ts';
import { LineReader } from '../boot/lines.ts';
import type { Channel } from '../boot/watch.ts';
import type { BootOptions } from '../inputs/boot/types.ts';
import { fileFault } from '../inputs/fault.ts';
import type { BootCommandOptions } from './boot-options.ts';
import { print, printNote } from './output.ts';

/** Where what the guest prints goes while it runs. */
export interface Sink {
  /** @param name in front of each line; `null`: one bundle alone is started */
  of(name: string | null): NonNullable<BootOptions['onOutput']>;
  close(): void;
}

function writeLog(file: number, path: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw fileFault('output/unwritable', `cannot write ${path}`, error);
  }
}

export function makeSink({
  console: isLive,
  log,
  format,
}: Pick<BootCommandOptions, 'console' | 'log' | 'format'>): Sink {
  let logFile: number | null = null;
  if (log !== undefined) {
    try {
      logFile = openSync(log, 'w');
    } catch (error) {
      throw fileFault('output/unwritable', `cannot write ${log}`, error);
    }
  }
  return {
    of(title) {
      const readers = new Map<Channel, LineReader>();
      const name = title === null ? '' : `${printable(title)}: `;
      return (channel, bytes) => {
        const reader = readers.get(channel) ?? new LineReader();
        readers.set(channel, reader);
        const lines = reader.push(bytes);
        if (lines.length === 0) return;
        const textOf = (shown: (line: string) => string): string =>
          lines.map((line) => `${name}${shown(line)}\n`).join('');
        if (logFile !== null) writeLog(logFile, log!, textOf(String));
        if (!isLive || channel === 'monitor') return;
        // The guest waits for a slow reader, and goes on without one.
        const text = textOf(printable);
        return format === 'text' ? print(text) : printNote(text.slice(0, -1));
      };
    },
    close: () => logFile !== null && closeSync(logFile),
  };
}
