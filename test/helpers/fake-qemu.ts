import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { shellQuote } from '../../src/base/text.ts';

/** What a QEMU of these tests does instead of playing a machine. */
export interface FakeQemu {
  version?: string;
  /** Milliseconds of CPU time that it takes before it opens its channels. */
  startsIn?: number;
  /** What it prints, in this order: on the monitor's channel, or on the first serial port. */
  prints?: (readonly ['monitor' | 'console', string])[];
  /** It prints this for ever, after all else. */
  floods?: readonly ['monitor' | 'console' | 'stderr', string];
  /** After this came on the serial port it prints the same back, and ends the line. */
  echoes?: true;
  /** How it ends; without one it stays until it is killed. */
  exit?: { code: number; complaint?: string };
}

/** Reads its behaviour from a file beside it, and writes its own process id to another. */
const SCRIPT = `
const { appendFileSync, readFileSync, writeFileSync } = require('node:fs');
const { connect } = require('node:net');
const self = __filename.replace(/\\.cjs$/, '');
const act = JSON.parse(readFileSync(self + '.json', 'utf8'));
const args = process.argv.slice(2);
writeFileSync(self + '.pid', String(process.pid));
appendFileSync(self + '.starts', '.');
const path = (id) => args.find((word) => word.startsWith('socket,id=' + id + ',')).split('path=')[1];
const open = (id) => new Promise((resolve) => { const socket = connect(path(id), () => resolve(socket)); });
(async () => {
  const used = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000; };
  while (used() < (act.startsIn ?? 0));
  const sockets = { monitor: await open('monitor'), console: await open('ttyS0') };
  sockets.console.on('data', (bytes) => act.echoes && sockets.console.write('got ' + bytes));
  for (const [channel, text] of act.prints ?? []) {
    await new Promise((resolve) => sockets[channel].write(text, resolve));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const [where, what] = act.floods ?? [];
  const stream = where === 'stderr' ? process.stderr : sockets[where];
  const flood = () => { while (stream.write(what)); stream.once('drain', flood); };
  if (where) return flood();
  if (!act.exit) return setInterval(() => undefined, 1000);
  process.stderr.write(act.exit.complaint ?? '');
  process.exitCode = act.exit.code;
  for (const socket of Object.values(sockets)) socket.end();
})();
`;

export interface InstalledQemu {
  /** Finds it before any other. */
  env: { PATH: string };
  pidFile: string;
  /** How often it was started. */
  starts(): number;
}

/** A cell that reaches init. */
export const REACHES_INIT: NonNullable<FakeQemu['prints']> = [
  ['monitor', 'box: ready\n'],
  ['console', 'Linux version 6.1\r\n'],
  ['monitor', 'box: user space on CPU 1, system call 12\n'],
];

/** A kernel that is not for guests of Jailhouse. */
export const DIES: FakeQemu = {
  prints: [
    ['monitor', 'box: ready\n'],
    ['monitor', 'FATAL: Invalid PIO read, port: 61 size: 1\nRIP: 0xffffffff81000000\n'],
  ],
  exit: { code: 1 },
};

/** Puts a QEMU for x86 into a folder. */
export async function installFakeQemu(folder: string, act: FakeQemu): Promise<InstalledQemu> {
  const bin = path.join(folder, 'bin');
  const file = path.join(bin, 'qemu-system-x86_64');
  await mkdir(bin, { recursive: true });
  // Asked for its version it answers at once: a Node.js takes a while to start.
  await writeFile(
    file,
    `#!/bin/sh
if [ "$1" = --version ]; then
  echo 'QEMU emulator version ${act.version ?? '7.2.22'}'
else
  exec ${shellQuote(process.execPath)} "$0.cjs" "$@"
fi
`,
  );
  await writeFile(`${file}.cjs`, SCRIPT);
  await writeFile(`${file}.json`, JSON.stringify(act));
  await chmod(file, 0o755);
  const startsFile = `${file}.starts`;
  return {
    env: { PATH: `${bin}:${process.env['PATH']}` },
    pidFile: `${file}.pid`,
    starts: () => (existsSync(startsFile) ? readFileSync(startsFile).length : 0),
  };
}
