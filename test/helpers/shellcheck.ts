import { spawnSync } from 'node:child_process';
import { expect } from 'vitest';

/** A script must be one that shellcheck has nothing against. */
export function expectChecked(script: string, shell: 'sh' | 'bash', exclude: readonly string[] = []): void {
  const words = ['--shell', shell, '--format', 'gcc', ...exclude.flatMap((code) => ['--exclude', code]), '-'];
  const { status, stdout } = spawnSync('shellcheck', words, { input: script, encoding: 'utf8' });
  expect({ status, stdout, script }).toEqual({ status: 0, stdout: '', script });
}
