import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inject, onTestFinished } from 'vitest';
import { ROOT } from './docs.ts';

export const INTEGRATIONS = path.join(ROOT, 'integrations');

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A folder with the integrations, the example that theirs names, and `bin/jailhouse-bundle`; there until the test ends. */
export class Checkout {
  readonly path: string;

  constructor(name = 'integrations-') {
    this.path = realpathSync(mkdtempSync(path.join(tmpdir(), name)));
    onTestFinished(() => rmSync(this.path, { recursive: true, force: true }));
    cpSync(INTEGRATIONS, this.at('integrations'), { recursive: true });
    for (const folder of ['cells', 'payload'])
      cpSync(path.join(ROOT, 'example-project', folder), this.at('example-project', folder), {
        recursive: true,
      });
    mkdirSync(this.at('bin'));
    const script = `#!/bin/sh\nexec '${process.execPath}' '${inject('cli')}' "$@"\n`;
    writeFileSync(this.command, script, { mode: 0o755 });
  }

  get command(): string {
    return this.at('bin/jailhouse-bundle');
  }

  at(...names: string[]): string {
    return path.join(this.path, ...names);
  }

  /** Runs a program here; PATH has `bin` first. */
  run(
    program: string,
    words: readonly string[],
    { cwd = '.', env = {} }: { cwd?: string; env?: Readonly<Record<string, string>> } = {},
  ): Ran {
    const { status, stdout, stderr } = spawnSync(program, words, {
      cwd: this.at(cwd),
      env: { PATH: `${this.at('bin')}:${process.env['PATH']}`, HOME: this.path, ...env },
      encoding: 'utf8',
    });
    return { code: status, stdout, stderr };
  }
}
