import type { Built } from './bundlers.ts';

interface WatchEvent {
  code: string;
  error?: unknown;
  result?: { close(): Promise<void> } | null;
}

/** What the watchers of Rollup, Rolldown and Vite have in common. */
export interface Watcher {
  on(event: 'event', tell: (event: WatchEvent) => void): unknown;
  close(): Promise<void> | void;
}

export type Outcome = Built | Error;

/** Rolldown wraps the errors of its plugins. */
export function ownError(error: unknown): Error {
  const { errors } = error as { errors?: Error[] };
  return errors?.length === 1 ? errors[0]! : (error as Error);
}

const PATIENCE = 60_000;
const AGAIN = 700;

/** The builds of a watcher, good and failed, one after another. */
export class Watching {
  readonly #watcher: Watcher;
  #waiting: ((outcome: Outcome) => void) | undefined;
  #last: Outcome | undefined;

  /** @param built is filled by each build */
  constructor(watcher: Watcher, built: Built) {
    this.#watcher = watcher;
    const tell = (outcome: Outcome): void => {
      this.#last = outcome;
      this.#waiting?.(outcome);
    };
    watcher.on('event', (event) => {
      if (event.code === 'START') {
        for (const list of [built.chunks, built.assets, built.logs]) list.length = 0;
      }
      if (event.code === 'BUNDLE_END')
        tell({ ...built, chunks: [...built.chunks], assets: [...built.assets] });
      if (event.code === 'ERROR') tell(ownError(event.error));
      void event.result?.close();
    });
  }

  /**
   * Makes a change, and waits for a build that is as `wanted`; without a change, the last one will do. Watchers begin
   * to watch some time after a build, without telling when: the change is made again until it is seen.
   */
  async until(wanted: (outcome: Outcome) => boolean, change?: () => Promise<void>): Promise<void> {
    if (!change && this.#last && wanted(this.#last)) return;
    let again: ReturnType<typeof setInterval> | undefined;
    let patience: ReturnType<typeof setTimeout> | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#waiting = (outcome) => wanted(outcome) && resolve();
        const giveUp = (): void => reject(new Error('no such build came', { cause: this.#last }));
        patience = setTimeout(giveUp, PATIENCE);
        const make = (): void => void change?.().catch(reject);
        again = setInterval(make, AGAIN);
        make();
      });
    } finally {
      clearInterval(again);
      clearTimeout(patience);
      this.#waiting = undefined;
    }
  }

  async close(): Promise<void> {
    await this.#watcher.close();
  }
}
