import { spawn } from 'node:child_process';
import { fileOf, loadedFiles, type Bundle } from './bundle.ts';

/** What every machine of these tests is started with. */
export const MACHINE = '-accel tcg -nodefaults -display none -monitor none -serial stdio -no-reboot'.split(
  ' ',
);

/** The bundle's files at the bundle's addresses; of Jailhouse's loader, the boot ROM does the work. */
export const loadArguments = (bundle: Bundle, directory: string): string[] =>
  loadedFiles(bundle).flatMap((item) => {
    const file = fileOf(item, directory).replaceAll(',', ',,');
    return ['-device', `loader,file=${file},addr=${item.address},force-raw=on`];
  });

/** A QEMU, and the Debian package that has it. */
interface Qemu {
  command: string;
  package: string;
}

/** Runs QEMU until the line `last` comes out of the serial port, and gives what came, up to that line. */
export function readSerial(
  qemu: Qemu,
  args: readonly string[],
  last: string,
  timeout: number,
): Promise<string[]> {
  const machine = spawn(qemu.command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let [serial, complaints] = ['', ''];
  return new Promise<string[]>((resolve, reject) => {
    const fail = (why: string): void =>
      reject(new Error(`${why}; the end of the output:\n${serial.slice(-4000)}${complaints}`));
    const timer = setTimeout(() => {
      fail(`no line '${last}' within ${timeout / 1000} s`);
      machine.kill('SIGKILL');
    }, timeout);
    machine.stdout.setEncoding('utf8').on('data', (text: string) => {
      serial += text;
      const lines = serial.split(/\r*\n/).slice(0, -1);
      const at = lines.indexOf(last);
      if (at < 0) return;
      resolve(lines.slice(0, at + 1));
      machine.kill('SIGKILL');
    });
    machine.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
    machine.on('error', ({ message }) =>
      fail(`QEMU does not start (${message}); on Debian: apt-get install ${qemu.package}`),
    );
    machine.on('close', (code) => {
      clearTimeout(timer);
      fail(`QEMU ended (exit code ${code}) before the line '${last}'`);
    });
  });
}

/** What a guest printed under a key, one entry a line. */
export const printedUnder = (lines: readonly string[], key: string): string[] =>
  lines.filter((line) => line.startsWith(`${key} `)).map((line) => line.slice(key.length + 1));
