import { detailed, withDetails, type DetailedExplanation, type DetailedReport } from './details.ts';
import { keyOf } from './recognise.ts';
import { LogReader } from './reader.ts';
import type { Machine } from './resolve/machine.ts';
import type { Explanation } from './types.ts';

/** So many lines later, none adds anything to an explanation; most do so within a few. */
const REACH = 80;

/** What is new of a log that still grows. */
export interface News {
  explanation: DetailedExplanation;
  /** It was given before, and has come again since. */
  isRepeat: boolean;
}

/** Explanations of one kind that are given: a reader keeps no more either. */
const MOST_OF_A_KIND = 8;

/** What was given of a kind. */
interface Given {
  /** How often each had come then, by what is the same of repeats. */
  counts: Map<string, number>;
  /** Their lines: what is known of the owner may change what is the same of repeats. */
  lines: Set<number>;
}

/**
 * Explains a log while it is written. Each explanation is given once, when the lines after it can no longer change it; of
 * one that comes again and again, how often, each time that this has doubled.
 */
export class LogFollower {
  readonly #reader = new LogReader();
  readonly #machine: Machine | null;
  readonly #given = new Map<string, Given>();

  constructor(machine: Machine | null) {
    this.#machine = machine;
  }

  /** Takes more of the log; it may end within a line. */
  push(text: string): void {
    this.#reader.push(text);
  }

  /**
   * What can be said since the last time, without lines in which nothing is wrong.
   *
   * @param isQuiet nothing came for a while, so that what belongs to the last lines is there
   */
  news(isQuiet: boolean): News[] {
    const { lines, explanations } = this.#reader.report();
    return this.#newsOf(explanations.filter(({ line }) => isQuiet || lines - line >= REACH));
  }

  /** The log has ended: what is left to say, and all that is known of it. */
  end(): { news: News[]; report: DetailedReport } {
    const report = this.#reader.end();
    return { news: this.#newsOf(report.explanations), report: withDetails(report, this.#machine) };
  }

  #newsOf(explanations: readonly Explanation[]): News[] {
    return explanations
      .filter(({ weight }) => weight !== 'info')
      .toSorted((a, b) => a.line - b.line)
      .flatMap((each) => this.#give(each));
  }

  #give(each: Explanation): News[] {
    const { id, line, count, owner, values } = each;
    const given = this.#given.get(id) ?? { counts: new Map<string, number>(), lines: new Set<number>() };
    this.#given.set(id, given);
    const key = [keyOf({ id }, values), owner?.cell, owner?.isRoot].join('\u0000');
    const before = given.counts.get(key) ?? (given.lines.has(line) ? count : undefined);
    if (before === undefined ? given.counts.size >= MOST_OF_A_KIND : count < 2 * before) return [];
    given.counts.set(key, count);
    given.lines.add(line);
    return [{ explanation: detailed(each, this.#machine), isRepeat: before !== undefined }];
  }
}
