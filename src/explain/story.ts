import { Cells } from './cells.ts';
import {
  addConsequence,
  addDump,
  addValues,
  asConsequence,
  asKept,
  eventOf,
  isCause,
  keyOf,
  type Event,
} from './event.ts';
import type { LogKind } from './kind.ts';
import { KINDS } from './kinds/index.ts';
import { PYTHON_CALL, PYTHON_REASON } from './kinds/python.ts';
import { keyOf as keyOfMatch, recognise, type Match } from './recognise.ts';
import type { Owner } from './types.ts';

/** Explanations of one kind that are kept; more are only counted. */
const MOST_OF_A_KIND = 8;
/** Cells whose first fault is kept. */
const MOST_NAMED = 256;
/** So many lines may be between a fault and the registers or the CPU's end that belong to it. */
const REACH_OF_FAULT = 80;
/** And between a cause and what came of it. */
const REACH_OF_CAUSE = 200;
const REACH_OF_ANY = 60;
/** Between the lines of one event. */
const REACH_OF_EVENT = 6;
/** Python underlines the place between a call and its error. */
const REACH_OF_CALL = 4;
/** And between a panic and the reset of the machine. */
const REACH_OF_PANIC = 200;

/** Registers that have no kind of their own: `x0: 00… x1: 00…`. */
const REGISTERS = /^ {0,2}[xr]\d{1,2} ?: ?(?:0x)?[0-9a-f]{8,16}\b/;

/** A fault of a cell's CPU or of the hypervisor: registers follow, and who it was. */
const stopsCpu = ({ printer, weight, stage }: LogKind): boolean =>
  printer === 'hypervisor' && weight === undefined && stage !== 'create' && stage !== 'shutdown';

/** Registers: of what stopped the CPU. */
const isDump = ({ id }: LogKind): boolean => id === 'dump-x86' || id === 'arm-dump';

/** The last line that is known. */
interface Latest {
  match: Match;
  line: number;
}

/** Puts the known lines of a log together: what belongs to one event, and what only came of another. */
export class Story {
  readonly cells = new Cells();
  readonly #events = new Map<string, Event>();
  readonly #ofKind = new Map<string, number>();
  /** The event that the last line of a kind belongs to. */
  readonly #last = new Map<string, Event>();
  /** What stopped the first CPU of a cell, by its name; of unnamed ones, none. */
  readonly #stopped = new Map<string, Event>();
  #fault: Event | null = null;
  #cause: Event | null = null;
  /** What a kernel said before it did what stops its CPU: the registers and the end of the CPU belong to it. */
  #before: Event | null = null;
  #stopsAt = 0;
  /** What is still being told: more lines may belong to it. */
  #open: Event | null = null;
  #panickedAt = -Infinity;
  /** Explanations that are not kept. */
  omitted = 0;
  /** Something in the log is of Jailhouse for certain. */
  isOfJailhouse = false;
  latest: Latest | null = null;

  /** Whether lines that are not known may be registers. */
  get wantsRegisters(): boolean {
    return this.#open !== null && this.#open.dump.length > 0;
  }

  /** Takes a line of which nothing is known. */
  unknown(text: string, line: number): void {
    if (this.#open !== null && REGISTERS.test(text)) addDump(this.#open, { line, text });
  }

  /** Takes what is known of a line. */
  take(found: Match, line: number): void {
    if (this.#open !== null && line - this.#open.line > REACH_OF_FAULT) this.#close();
    const match = this.#meant(found, line);
    if (line - this.#stopsAt > REACH_OF_FAULT) this.#before = null;
    const { kind } = match;
    if (match.text.includes('Kernel panic')) this.#panickedAt = line;
    this.latest = { match, line };
    this.isOfJailhouse ||= kind.printer === 'hypervisor' || kind.printer === 'driver';
    this.#settle(kind, line);
    this.#note(match);
    if (isDump(kind)) this.#dump(match, line);
    else if (kind.id === 'parked' || kind.id === 'hv-stop') this.#park(match, line);
    else if (kind.id === PYTHON_REASON) this.#pythonReason(match, line);
    else this.#tell(match, line);
  }

  /** All events, in no order; what is being told is among them. */
  events(): readonly Event[] {
    return [...this.#events.values(), ...(this.#open === null ? [] : [this.#open])];
  }

  /** No more lines come. */
  end(): void {
    this.#close();
  }

  /** The same text, or what it means at this step. */
  #meant(match: Match, line: number): Match {
    const id = match.kind.instead?.(
      { isEnabled: this.cells.isEnabled, isPanicked: line - this.#panickedAt <= REACH_OF_PANIC },
      match.values,
    );
    const kind = id === undefined || id === null ? undefined : KINDS.find((each) => each.id === id);
    return kind === undefined ? match : { ...match, kind, key: keyOfMatch(kind, match.values) };
  }

  /** A line shows that what others said was nothing to worry about. */
  #settle({ settles }: LogKind, line: number): void {
    if (settles === undefined) return;
    for (const event of this.#events.values()) {
      if (!settles.includes(event.kind.id)) continue;
      event.settled ??= line;
      if (this.#cause === event) this.#cause = null;
      if (this.#last.get(event.kind.id) === event) this.#last.delete(event.kind.id);
    }
  }

  /** Jailhouse starts: a kernel that booted before is the root cell's. */
  #activate(): void {
    this.cells.activated();
    for (const event of this.#events.values()) {
      const { weight, printer } = event.kind;
      if (weight === 'info' && (printer === 'guest' || printer === 'linux'))
        event.owner ??= { cell: null, isRoot: true };
    }
  }

  /** Keeps what a line tells of the cells. */
  #note({ kind, values }: Match): void {
    switch (kind.id) {
      case 'hv-banner':
        this.cells.named(values.release!);
        this.#stopped.clear();
        break;
      case 'hv-pci-info':
        if (values.device !== undefined && values.cell !== undefined)
          this.cells.added(values.device, values.cell);
        break;
      case 'hv-progress':
      case 'hv-cell-ok':
      case 'driver-ok':
        if (values.active !== undefined) this.#activate();
        if (values.cell !== undefined) {
          this.cells.created(values.cell);
          this.#stopped.delete(values.cell);
        }
        break;
      default:
    }
  }

  #tell(match: Match, line: number): void {
    const { kind } = match;
    const open = this.#open;
    if (
      kind.more !== undefined &&
      open?.kind === kind &&
      line - open.line <= REACH_OF_EVENT &&
      Object.keys(match.values).every((name) => open.values[name] === undefined)
    ) {
      addValues(open, match.values);
      return;
    }
    if (match.isMore) return;
    const cause = this.#causeOf(match, line);
    if (cause !== null) {
      if (stopsCpu(kind) && !stopsCpu(cause.kind)) {
        this.#close();
        this.#before = cause;
        this.#stopsAt = line;
      }
      addConsequence(cause, { id: kind.id, line, text: match.text, count: 1 });
      if (line - cause.line <= REACH_OF_EVENT) addValues(cause, match.values);
      this.#last.set(kind.id, cause);
      return;
    }
    const event = eventOf(match, line, this.cells);
    this.#last.set(kind.id, event);
    const stops = stopsCpu(kind);
    if (stops) this.#before = null;
    if (stops || kind.more !== undefined || isDump(kind) || kind.id === PYTHON_CALL) {
      this.#close();
      this.#open = event;
      if (stops) this.#fault = event;
    } else {
      this.#keep(event);
    }
    if (isCause(match, this.cells)) this.#cause = event;
  }

  /** What a line came of; `null`: it has a cause of its own. */
  #causeOf({ kind: { id, after }, key }: Match, line: number): Event | null {
    if (after === undefined) return null;
    let best: Event | null = null;
    for (const name of after) {
      const event = name === 'fatal' ? this.#fault : name === 'any' ? this.#cause : this.#last.get(name);
      if (event === undefined || event === null) continue;
      if (event.kind.id === id && (name !== id || event.key === key)) continue;
      const reach = name === 'fatal' ? Infinity : name === 'any' ? REACH_OF_ANY : REACH_OF_CAUSE;
      if (line - event.line <= reach && (best === null || event.line > best.line)) best = event;
    }
    return best;
  }

  #dump(match: Match, line: number): void {
    const event = this.#open ?? this.#before;
    if (event === null) this.#tell(match, line);
    else addDump(event, { line, text: match.text });
  }

  #park(match: Match, line: number): void {
    const { values, text, kind } = match;
    const owner = this.cells.ownerOf(values.cell!);
    const open = this.#open;
    const isOf = open !== null && !open.isParked && !isDump(open.kind);
    const before = isOf ? null : this.#before;
    const event = isOf ? open : (before ?? this.#stopped.get(values.cell!));
    if (event === undefined) {
      this.#parkUntold(match, line, owner);
      return;
    }
    addConsequence(event, { id: kind.id, line, text, count: 1 });
    event.values = { ...event.values, cpu: event.values.cpu ?? values.cpu! };
    if (before !== null) {
      this.#before = null;
      event.owner ??= owner;
    } else if (isOf) {
      event.owner = owner;
      event.isParked = true;
    } else {
      return;
    }
    const first = this.#stopped.get(values.cell!);
    if (first === undefined) {
      if (this.#stopped.size < MOST_NAMED) this.#stopped.set(values.cell!, event);
      return;
    }
    if (!isOf) return;
    this.#open = null;
    addConsequence(first, asConsequence(event));
    for (const consequence of event.consequences) addConsequence(first, consequence);
    if (this.#fault === event) this.#fault = first;
    if (this.#cause === event) this.#cause = first;
  }

  /** Why the CPU was stopped is not in the log; its registers may be. */
  #parkUntold(match: Match, line: number, owner: Owner | null): void {
    const registers = this.#open !== null && isDump(this.#open.kind) ? this.#open : null;
    if (registers !== null) this.#open = null;
    this.#tell(match, line);
    const event = this.#last.get(match.kind.id)!;
    event.owner = owner;
    event.isParked = true;
    if (registers === null) return;
    addConsequence(event, asConsequence(registers));
    for (const each of [{ line: registers.line, text: registers.text }, ...registers.dump])
      addDump(event, each);
  }

  /** `jailhouse cell linux` ends in a traceback: its call and its reason, which are lines apart, are one. */
  #pythonReason(match: Match, line: number): void {
    const call = this.#open;
    const isOfCall = call?.kind.id === PYTHON_CALL && line - call.line <= REACH_OF_CALL;
    const [whole] = isOfCall
      ? recognise(`JAILHOUSE_${call.values.call}: ${match.values.reason}`).matches
      : [];
    if (whole === undefined || call === null) {
      this.#tell(match, line);
      return;
    }
    this.#open = null;
    const event = eventOf(whole, line, this.cells);
    addConsequence(event, asConsequence(call));
    addConsequence(event, { id: match.kind.id, line, text: match.text, count: 1 });
    this.#last.set(event.kind.id, event);
    this.#cause = event;
    this.#keep(event);
  }

  /** Ends the event that is being told. */
  #close(): void {
    const event = this.#open;
    if (event === null) return;
    this.#open = null;
    if (stopsCpu(event.kind)) event.owner ??= this.cells.assumedOwner();
    this.#keep(event);
  }

  /** Keeps an event; a repeat only counts. */
  #keep(event: Event): void {
    const key = keyOf(event);
    const same = this.#events.get(key);
    if (same !== undefined) {
      same.count++;
      same.settled = null;
      for (const consequence of event.consequences) addConsequence(same, consequence);
      this.#replace(event, same);
      return;
    }
    const { id } = event.kind;
    const kept = this.#ofKind.get(id) ?? 0;
    if (kept >= MOST_OF_A_KIND) {
      this.omitted++;
      return;
    }
    this.#ofKind.set(id, kept + 1);
    this.#events.set(key, asKept(event));
  }

  /** What comes of a repeat came of the first. */
  #replace(event: Event, same: Event): void {
    if (this.#last.get(event.kind.id) === event) this.#last.set(event.kind.id, same);
    if (this.#fault === event) this.#fault = same;
    if (this.#cause === event) this.#cause = same;
    const cell = event.owner?.cell;
    if (cell !== undefined && cell !== null && this.#stopped.get(cell) === event)
      this.#stopped.set(cell, same);
  }
}
