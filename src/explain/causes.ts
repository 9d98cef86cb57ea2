import type { Event } from './event.ts';
import type { Match } from './recognise.ts';

/** Cells whose first fault is kept. */
const MOST_NAMED = 256;
/** So many lines may be between a cause and what came of it. */
const REACH_OF_CAUSE = 200;
const REACH_OF_ANY = 60;

/** The events that later lines of a log may have come of. */
export class Causes {
  /** The event that the last line of a kind belongs to. */
  readonly #last = new Map<string, Event>();
  /** What stopped the first CPU of a cell, by its name; of unnamed ones, none. */
  readonly #stopped = new Map<string, Event>();
  /** The last fault of a CPU. */
  #fault: Event | null = null;
  /** The last event that is the cause of anything. */
  #any: Event | null = null;

  /** The line of a kind belongs to an event. */
  told(id: string, event: Event): void {
    this.#last.set(id, event);
  }

  /** The event that the last line of a kind belongs to. */
  lastOf(id: string): Event | undefined {
    return this.#last.get(id);
  }

  /** An event stops a CPU. */
  faulted(event: Event): void {
    this.#fault = event;
  }

  /** An event may have any consequence. */
  caused(event: Event): void {
    this.#any = event;
  }

  /** What a line came of; `null`: it has a cause of its own. */
  of({ kind: { id, after }, key }: Match, line: number): Event | null {
    if (after === undefined) return null;
    let best: Event | null = null;
    for (const name of after) {
      const event = name === 'fatal' ? this.#fault : name === 'any' ? this.#any : this.#last.get(name);
      if (event === undefined || event === null) continue;
      if (event.kind.id === id && (name !== id || event.key === key)) continue;
      const reach = name === 'fatal' ? Infinity : name === 'any' ? REACH_OF_ANY : REACH_OF_CAUSE;
      if (line - event.line <= reach && (best === null || event.line > best.line)) best = event;
    }
    return best;
  }

  /** What stopped the first CPU of a cell. */
  stopOf(cell: string): Event | undefined {
    return this.#stopped.get(cell);
  }

  /** An event stopped the first CPU of a cell. */
  stopped(cell: string, event: Event): void {
    if (this.#stopped.size < MOST_NAMED) this.#stopped.set(cell, event);
  }

  /** A cell starts anew. */
  started(cell: string): void {
    this.#stopped.delete(cell);
  }

  /** Jailhouse starts anew: what stopped cells before is over. */
  restarted(): void {
    this.#stopped.clear();
  }

  /** Nothing came of an event after all. */
  settle(event: Event): void {
    if (this.#any === event) this.#any = null;
    if (this.#last.get(event.kind.id) === event) this.#last.delete(event.kind.id);
  }

  /** What would have come of an event came of another one. */
  stopCameOf(event: Event, first: Event): void {
    if (this.#fault === event) this.#fault = first;
    if (this.#any === event) this.#any = first;
  }

  /** What comes of a repeat came of the first. */
  repeats(event: Event, first: Event): void {
    if (this.#last.get(event.kind.id) === event) this.#last.set(event.kind.id, first);
    this.stopCameOf(event, first);
    const cell = event.owner?.cell;
    if (cell !== undefined && cell !== null && this.#stopped.get(cell) === event)
      this.#stopped.set(cell, first);
  }
}
