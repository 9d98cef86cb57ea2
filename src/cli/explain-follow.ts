import type { Readable } from 'node:stream';
import { InputError } from '../base/diagnostic.ts';
import { printable } from '../base/text.ts';
import { LogDecoder } from '../explain/log.ts';
import { LogFollower, type News } from '../explain/follow.ts';
import type { Machine } from '../explain/resolve/machine.ts';
import { fileFault } from '../inputs/fault.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { explanationText, knownText } from './explain-text.ts';
import { lookFor, printLine, readerIsGone } from './output.ts';

/** So long nothing comes when a fault with all its lines has been printed, on the slowest serial line. */
const QUIET = 400;

/** What is said of a log is at most so many milliseconds late while it goes on and on. */
const LATEST = 200;

function newsText(file: string, { explanation, isRepeat }: News): string {
  const look = lookFor(process.stdout);
  if (!isRepeat) return `${explanationText(file, explanation, look)}\n`;
  const { line, count, id } = explanation;
  return `${look.bold(`${printable(file)}:${line}:`)} ${id}, ${count} times by now\n`;
}

/** Resolves to `null` when the time is up before the job is done. */
async function within<T>(job: Promise<T>, milliseconds: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), milliseconds);
  });
  try {
    return await Promise.race([job, expired]);
  } finally {
    clearTimeout(timer);
  }
}

/** `explain --follow`: says what is known of the lines of a pipe as they come, until it ends or nobody reads. */
export async function follow(file: string, input: Readable, machine: Machine | null): Promise<ExitCode> {
  const follower = new LogFollower(machine);
  const decoder = new LogDecoder();
  const tell = async (news: readonly News[]): Promise<void> => {
    for (const each of news) await printLine(newsText(file, each));
  };
  const rest = (): string => {
    follower.push(decoder.end());
    const { news, report } = follower.end();
    return [...news.map((each) => newsText(file, each)), knownText(file, report)].join('\n');
  };
  // Ctrl-C ends the pipe's other side, too; the handler that ends the process comes after this one.
  const onInterrupt = (): void => {
    try {
      process.stdout.write(`${rest()}\n`);
    } catch (error) {
      // What came so far is not text: there is nothing to say of it.
      if (!(error instanceof InputError)) throw error;
    }
  };
  process.prependOnceListener('SIGINT', onInterrupt);
  const chunks = input[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  let next = chunks.next();
  try {
    let said = performance.now();
    let isAllSaid = true;
    for (;;) {
      const got: IteratorResult<Uint8Array> | null = isAllSaid ? await next : await within(next, QUIET);
      if (got?.done === true) break;
      if (got !== null) {
        follower.push(decoder.push(got.value));
        next = chunks.next();
      }
      isAllSaid = got === null;
      if (!isAllSaid && performance.now() - said < LATEST) continue;
      await tell(follower.news(isAllSaid));
      said = performance.now();
      if (readerIsGone()) break;
    }
  } catch (error) {
    next.catch(() => undefined);
    input.destroy();
    throw fileFault('input/unreadable', 'cannot read the standard input', error);
  } finally {
    process.off('SIGINT', onInterrupt);
  }
  if (!readerIsGone()) {
    await printLine(rest());
    return EXIT.fine;
  }
  next.catch(() => undefined);
  input.destroy();
  return EXIT.fine;
}
