import { execFile } from 'node:child_process';
import { CLI } from './bundle.ts';

const MIB = 1 << 20;

/**
 * Starts a bundle in the box.
 *
 * @param directory as `buildBundle` gives it: the tarball is beside it
 * @returns the last lines of the guest's console, up to the line `last`
 * @throws Error with the report, if `last` does not come
 */
export function bootInBox(directory: string, last: string): Promise<string[]> {
  const args = [CLI, 'boot', '--json', '--expect', `^${last}$`, '--timeout', '180', `${directory}.tar`];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { maxBuffer: 64 * MIB }, (error, stdout, stderr) => {
      if (error !== null) return reject(new Error(`${stdout}${stderr}`));
      const { console: lines } = JSON.parse(stdout).subjects[0] as { console: string[] };
      resolve(lines.slice(0, lines.indexOf(last) + 1));
    });
  });
}
