import { Causes } from './causes.ts';
import { Cells } from './cells.ts';
import { addConsequence, addDump, addValues, asConsequence, eventOf, isCause, type Event } from './event.ts';
import { KeptEvents } from './kept-events.ts';
import type { LogKind } from './kind.ts';
import { KINDS } from './kinds/index.ts';
import { PYTHON_CALL, PYTHON_REASON } from './kinds/python.ts';
import { keyOf as keyOfMatch, recognise, type Match } from './recognise.ts';
import type { Owner } from './types.ts';

/** So many lines may be between a fault and the registers or the CPU's end that belong to it. */
const REACH_OF_FAULT = 80;
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
  readonly #kept = new KeptEvents();
  readonly #causes = new Causes();
  /** What a kernel said before it did what stops its CPU: the registers and the end of the CPU belong to it. */
  #before: Event | null = null;
  #stopsAt = 0;
  /** What is still being told: more lines may belong to it. */
  #open: Event | null = null;
  #panickedAt = -Infinity;
  /** Something in the log is of Jailhouse for certain. */
  isOfJailhouse = false;
  latest: Latest | null = null;

  /** Explanations that are not kept. */
  get omitted(): number {
    return this.#kept.omitted;
  }

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
    return [...this.#kept.all(), ...(this.#open === null ? [] : [this.#open])];
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
    for (const event of this.#kept.all()) {
      if (!settles.includes(event.kind.id)) continue;
      event.settled ??= line;
      this.#causes.settle(event);
    }
  }

  /** Jailhouse starts: a kernel that booted before is the root cell's. */
  #activate(): void {
    this.cells.activated();
    for (const event of this.#kept.all()) {
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
        this.#causes.restarted();
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
          this.#causes.started(values.cell);
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
    const cause = this.#causes.of(match, line);
    if (cause !== null) {
      if (stopsCpu(kind) && !stopsCpu(cause.kind)) {
        this.#close();
        this.#before = cause;
        this.#stopsAt = line;
      }
      addConsequence(cause, { id: kind.id, line, text: match.text, count: 1 });
      if (line - cause.line <= REACH_OF_EVENT) addValues(cause, match.values);
      this.#causes.told(kind.id, cause);
      return;
    }
    const event = eventOf(match, line, this.cells);
    this.#causes.told(kind.id, event);
    const stops = stopsCpu(kind);
    if (stops) this.#before = null;
    if (stops || kind.more !== undefined || isDump(kind) || kind.id === PYTHON_CALL) {
      this.#close();
      this.#open = event;
      if (stops) this.#causes.faulted(event);
    } else {
      this.#keep(event);
    }
    if (isCause(match, this.cells)) this.#causes.caused(event);
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
    const event = isOf ? open : (before ?? this.#causes.stopOf(values.cell!));
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
    const first = this.#causes.stopOf(values.cell!);
    if (first === undefined) {
      this.#causes.stopped(values.cell!, event);
      return;
    }
    if (!isOf) return;
    this.#open = null;
    addConsequence(first, asConsequence(event));
    for (const consequence of event.consequences) addConsequence(first, consequence);
    this.#causes.stopCameOf(event, first);
  }

  /** Why the CPU was stopped is not in the log; its registers may be. */
  #parkUntold(match: Match, line: number, owner: Owner | null): void {
    const registers = this.#open !== null && isDump(this.#open.kind) ? this.#open : null;
    if (registers !== null) this.#open = null;
    this.#tell(match, line);
    const event = this.#causes.lastOf(match.kind.id)!;
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
    this.#causes.told(event.kind.id, event);
    this.#causes.caused(event);
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

  #keep(event: Event): void {
    const same = this.#kept.keep(event);
    if (same !== null) this.#causes.repeats(event, same);
  }
}
