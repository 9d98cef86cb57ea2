import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { removeLeftovers, temporaryName } from '../../src/inputs/temporary.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leftovers-'));
  onTestFinished(() => rm(folder, { recursive: true }));
});

const put = async (...names: readonly string[]): Promise<void> => {
  for (const name of names) await writeFile(join(folder, name), 'part');
};

const left = async (): Promise<string[]> => {
  await removeLeftovers(folder);
  return (await readdir(folder)).toSorted();
};

/** The name that another process on this machine would choose. */
const nameOf = (pid: number, started: string): string =>
  temporaryName().replace(/-\d+-\d+\./, `-${pid}-${started}.`);

/** The pid of a process that has ended. */
async function deadPid(): Promise<number> {
  const child = spawn('true');
  await once(child, 'close');
  return child.pid!;
}

test('a name says who writes, and is taken once', () => {
  const [one, other] = [temporaryName(), temporaryName()];
  expect(one).toMatch(
    new RegExp(`^\\.jailhouse-bundle\\.[0-9a-f]{16}-${process.pid}-\\d+\\.[0-9a-f]{12}\\.tmp$`),
  );
  expect(other).not.toBe(one);
});

test('the files of dead processes go', async () => {
  await put(nameOf(await deadPid(), '1'), 'demo.tar');
  expect(await left()).toEqual(['demo.tar']);
});

test('the file of a process whose pid was given again goes', async () => {
  await put(nameOf(process.pid, '1'));
  expect(await left()).toEqual([]);
});

test('the files of living processes stay: ours, and another one’s', async () => {
  const child = spawn('sleep', ['60']);
  onTestFinished(() => void child.kill());
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'latin1');
  const started = stat.replace(/^.*\) /s, '').split(' ')[19]!;
  const names = [temporaryName(), nameOf(child.pid!, started)].toSorted();
  await put(...names);
  expect(await left()).toEqual(names);
});

test('files of another host, another boot or another container stay, and what is not named so', async () => {
  const dead = nameOf(await deadPid(), '1');
  const names = [
    dead.replace(/[0-9a-f]{16}-/, '0123456789abcdef-'),
    '.jailhouse-bundle.0123456789ab.tmp',
    dead.replace('.tmp', '.tmp~'),
    `x${dead}`,
  ].toSorted();
  await put(...names);
  expect(await left()).toEqual(names);
});

test('a link of that name goes, and not what it leads to; no folder is no failure', async () => {
  const pid = await deadPid();
  await put('kept');
  await symlink('kept', join(folder, nameOf(pid, '1')));
  expect(await left()).toEqual(['kept']);
  await removeLeftovers(join(folder, 'none'));
  await removeLeftovers(join(folder, 'kept'));
});
