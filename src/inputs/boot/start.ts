import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { shellQuote } from '../../base/text.ts';
import { checkPl011Console } from '../../boot/arm64/kernel.ts';
import { arm64Machine } from '../../boot/arm64/machine.ts';
import { layOutBox } from '../../boot/box.ts';
import { DEFAULT_TIMEOUT, limitsOf } from '../../boot/limits.ts';
import { BOX_LAYOUTS } from '../../boot/memory.ts';
import { CONSOLES, qemuArguments, quoted, type QemuStart } from '../../boot/qemu-arguments.ts';
import { findQemu, runQemu } from '../../boot/qemu.ts';
import { resultOf } from '../../boot/result.ts';
import { overwrittenLoader, type ReadSubject } from '../../boot/subject.ts';
import type { BoxMachine, BoxSubject } from '../../boot/types.ts';
import { BootWatch, type Channel } from '../../boot/watch.ts';
import { x86Machine } from '../../boot/x86.ts';
import { monitorFile } from './monitor.ts';
import { writePieces } from './pieces.ts';
import { NOTHING, type Boot, type BootOptions } from './types.ts';

const socketAt = (path: string): string => `socket,path=${quoted(path)}`;

/** For a terminal: the first console on it, what the monitor says beside it. */
const TERMINAL = { console: 'stdio,signal=off', monitor: 'file,path=/dev/stderr' };

const commandLine = (command: string, args: readonly string[]): string =>
  [command, ...args].map(shellQuote).join(' ');

function machineOf(subject: BoxSubject): BoxMachine {
  if (subject.architecture === 'x86') return x86Machine(subject);
  return arm64Machine(subject);
}

/** @throws InputError `boot/unsupported`, `kernel/ikconfig` */
async function checkConsole({ load }: BoxSubject): Promise<void> {
  const content = load.find(({ role }) => role === 'kernel')?.content;
  if (content !== undefined)
    checkPl011Console('bytes' in content ? content.bytes : await readFile(content.file));
}

/** Lays a bundle out in QEMU, and starts it. @throws InputError for what the box cannot play, and without QEMU */
export async function startBox(
  { subject, usesStandIn }: ReadSubject,
  folder: string,
  options: BootOptions,
): Promise<Boot> {
  const { architecture, name } = subject;
  const machine = machineOf(subject);
  const told = {
    ...NOTHING,
    name,
    architecture,
    usesStandIn,
    assumed: [...machine.assumed, ...machine.changed],
  };
  const box = layOutBox(subject, machine);
  if ('code' in box) return { ...told, problem: box, line: box.symptom ?? null };
  const overwritten = usesStandIn ? overwrittenLoader(subject) : null;
  if (overwritten !== null) return { ...told, problem: overwritten, line: overwritten.symptom ?? null };

  if (machine.needsPl011) await checkConsole(subject);
  const qemu = findQemu(architecture);
  const consoles = Array.from({ length: CONSOLES[architecture] }, (_, index) => index);
  const sockets = new Map<Channel, string>([
    ['monitor', join(folder, 'm.sock')],
    ...consoles.map((index) => [index, join(folder, `${index}.sock`)] as const),
  ]);
  const monitor = join(folder, 'monitor');
  await writeFile(monitor, monitorFile(architecture, 'monitor'));
  const start: QemuStart = {
    architecture,
    machine,
    memory: box.memory,
    monitor,
    pieces: await writePieces(box, BOX_LAYOUTS[architecture], folder),
    channels: {
      monitor: socketAt(sockets.get('monitor')!),
      consoles: consoles.map((index) => socketAt(sockets.get(index)!)),
    },
    gdb: options.gdb,
  };
  const watch = new BootWatch(architecture, options.dialogue);
  const run = await runQemu(qemu, {
    args: qemuArguments(start),
    sockets,
    watch,
    limits: options.gdb === null ? limitsOf(options.timeout ?? DEFAULT_TIMEOUT) : null,
    onOutput: options.onOutput ?? (() => undefined),
  });
  const { cpu, elapsed, memory } = run;
  const byHand = {
    ...start,
    channels: {
      monitor: TERMINAL.monitor,
      consoles: consoles.map((index) => (index === 0 ? TERMINAL.console : null)),
    },
  };
  return {
    ...told,
    ...resultOf(subject, watch, run),
    qemu: { version: qemu.version, cpu, elapsed, memory },
    repro: options.repro ? commandLine(qemu.command, qemuArguments(byHand)) : null,
  };
}
