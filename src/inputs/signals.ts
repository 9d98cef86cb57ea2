/** Signals that end a process, and the shell's codes for one that they ended. */
export const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

type Signal = keyof typeof SIGNALS;

/** A process that a signal ends runs nothing at its exit; who listens too may end it otherwise. */
function endWith(signal: Signal): void {
  if (process.listenerCount(signal) === 1) process.exit(SIGNALS[signal]);
}

let running = 0;

/** Runs a job; a signal during it ends this process with what is to be done at its exit. */
export async function endingOnSignals<T>(job: () => Promise<T>): Promise<T> {
  const signals = Object.keys(SIGNALS) as Signal[];
  if (running++ === 0) for (const signal of signals) process.on(signal, endWith);
  try {
    return await job();
  } finally {
    if (--running === 0) for (const signal of signals) process.off(signal, endWith);
  }
}
