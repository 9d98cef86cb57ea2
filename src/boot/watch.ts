import type { Dialogue } from './dialogue.ts';
import { LineReader } from './lines.ts';
import type { BoxArchitecture } from './types.ts';

/** `monitor`, or the number of a serial port. */
export type Channel = 'monitor' | number;

/** How a boot went, as far as the lines tell. */
export type Sign =
  | { kind: 'booted'; line: string }
  | { kind: 'died'; line: string }
  /** The box itself failed: nothing is known of the cell. */
  | { kind: 'broken'; line: string };

/** What Jailhouse prints when it stops a cell. */
const FATAL = /(?:FATAL: |Unhandled data ).*/;
const PANIC = /Kernel panic - not syncing: .*/;
/** The kernel's unpacker gives up (Linux, arch/x86/boot/compressed/error.c); the reason is the line before. */
const HALTED = /^\s*-- System halted/;
/** The last line of a panic. */
const END_OF_PANIC = /---\[ end Kernel panic/;
const BROKEN = /^box: error: (.*)/;
const USER_SPACE = /^box: user space on CPU .*/;
const RUN_INIT = /Run \S+ as init process/;

const END_OF_LINE = '\n';

/** So many of the last lines are kept. */
const KEPT = 200;

function keep(lines: string[], line: string): void {
  lines.push(line);
  if (lines.length > KEPT) lines.shift();
}

/** Reads what the monitor and the guest print, and tells when it is decided how the boot went. */
export class BootWatch {
  /** The monitor started the cell. */
  started = false;
  /** The guest ran a program: an instruction of it was seen (x86), or the kernel says so. */
  userSpace = false;
  /** Whether anything came from the guest's serial ports. */
  hasSpoken = false;
  /** Nothing follows what the guest said. */
  isOver = false;
  /** What decides, once it is there. */
  sign: Sign | null = null;
  /** What the guest printed last. */
  readonly consoleLines: string[] = [];
  /** What tells of a death, for `explain`; the last lines: a guest can make the hypervisor print for ever. */
  readonly evidence: string[] = [];
  readonly #dialogue: Dialogue;
  readonly #isX86: boolean;
  readonly #readers = new Map<Channel, LineReader>();
  #step = 0;
  /** So much of a channel's unfinished line is answered already. */
  readonly #answered = new Map<Channel, number>();

  constructor(architecture: BoxArchitecture, dialogue: Dialogue) {
    this.#isX86 = architecture === 'x86';
    this.#dialogue = dialogue;
  }

  /**
   * Takes what came on a channel.
   *
   * @returns what to send on it
   */
  push(channel: Channel, bytes: Uint8Array): string[] {
    const reader = this.#readers.get(channel) ?? new LineReader();
    this.#readers.set(channel, reader);
    if (channel !== 'monitor') this.hasSpoken = true;
    const answers: string[] = [];
    for (const line of reader.push(bytes)) {
      answers.push(...this.#answer(channel, line));
      this.#answered.delete(channel);
      this.#read(channel, line);
    }
    answers.push(...this.#answer(channel, reader.rest));
    return answers;
  }

  /** With a dialogue, its end decides; without one, the first sign of init. */
  get hasDialogue(): boolean {
    return this.#dialogue.expect.length > 0;
  }

  /** The expectation that is waited for; `null`: none. */
  get expected(): RegExp | null {
    return this.#dialogue.expect[this.#step] ?? null;
  }

  /** The guest's unfinished lines: prompts. */
  get prompts(): string[] {
    return [...this.#readers].flatMap(([channel, { rest }]) =>
      channel === 'monitor' || rest === '' ? [] : [rest],
    );
  }

  /** Expectations are looked for in unfinished lines, too: a prompt has no end. */
  #answer(channel: Channel, line: string): string[] {
    const sent: string[] = [];
    if (channel === 'monitor' && line.startsWith('box: ')) return sent;
    for (let from = this.#answered.get(channel) ?? 0; this.expected !== null && this.sign === null;) {
      const found = this.expected.exec(line.slice(from));
      if (found === null) break;
      from += found.index + found[0].length;
      this.#answered.set(channel, from);
      const send = this.#dialogue.send[this.#step];
      if (send !== undefined) sent.push(send + END_OF_LINE);
      this.#step++;
      if (this.expected === null) this.sign = { kind: 'booted', line: line.trim() };
      // An empty match would be found for ever.
      if (found[0] === '') break;
    }
    return sent;
  }

  #read(channel: Channel, line: string): void {
    if (channel === 'monitor') this.#readMonitor(line);
    else keep(this.consoleLines, line);
    const panic = PANIC.exec(line)?.[0] ?? (HALTED.test(line) ? this.#reason() : null);
    if (panic !== null) this.#die(panic);
    if (END_OF_PANIC.test(line) || HALTED.test(line)) this.isOver = true;
    if (RUN_INIT.test(line)) this.#seeInit(line.trim());
  }

  /** The last line with anything in it, but for the one that only says that the system is halted. */
  #reason(): string {
    return (
      this.consoleLines.findLast((each) => each.trim() !== '' && !HALTED.test(each))?.trim() ??
      'System halted'
    );
  }

  #readMonitor(line: string): void {
    if (line === 'box: ready') this.started = true;
    const broken = BROKEN.exec(line)?.[1];
    if (broken !== undefined && this.sign === null) this.sign = { kind: 'broken', line: broken };
    if (USER_SPACE.test(line)) this.#seeInit(line.replace('box: ', ''));
    if (line.startsWith('box: ')) return;
    keep(this.evidence, line);
    const fatal = FATAL.exec(line)?.[0];
    if (fatal !== undefined) this.#die(fatal.trim());
  }

  #seeInit(line: string): void {
    // Of x86 the first system call is certain; a kernel that says what it runs has not run it yet.
    if (this.#isX86 && !line.startsWith('user space')) return;
    this.userSpace = true;
    if (!this.hasDialogue && this.sign === null) this.sign = { kind: 'booted', line };
  }

  /** A death counts unless the dialogue was at its end before. */
  #die(line: string): void {
    if (!this.evidence.includes(line)) keep(this.evidence, line);
    const isFinal = this.sign !== null && (this.sign.kind !== 'booted' || this.hasDialogue);
    if (!isFinal) this.sign = { kind: 'died', line };
  }
}
