import { defineConfig } from 'vitest/config';

/** What needs more than Node: shells, shellcheck, QEMU, Debian's kernel. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.e2e.ts'],
    testTimeout: 180_000,
    hookTimeout: 600_000,
    // Two at a time on two cores, where the default is one. They share .cache and example-project, and only read there.
    maxWorkers: '100%',
  },
});
