import { addConsequence, asKept, keyOf, type Event } from './event.ts';

/** Explanations of one kind that are kept; more are only counted. */
const MOST_OF_A_KIND = 8;

/** The events of a log that are explained. */
export class KeptEvents {
  readonly #events = new Map<string, Event>();
  readonly #ofKind = new Map<string, number>();
  /** Explanations that are not kept. */
  omitted = 0;

  /** Keeps an event. One that repeats another only counts: that one is returned; `null`: it is new. */
  keep(event: Event): Event | null {
    const key = keyOf(event);
    const same = this.#events.get(key);
    if (same !== undefined) {
      same.count++;
      same.settled = null;
      for (const consequence of event.consequences) addConsequence(same, consequence);
      return same;
    }
    const { id } = event.kind;
    const kept = this.#ofKind.get(id) ?? 0;
    if (kept >= MOST_OF_A_KIND) {
      this.omitted++;
      return null;
    }
    this.#ofKind.set(id, kept + 1);
    this.#events.set(key, asKept(event));
    return null;
  }

  /** In no order. */
  all(): Iterable<Event> {
    return this.#events.values();
  }
}
