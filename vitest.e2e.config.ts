import { defineConfig } from 'vitest/config';

/** What needs more than Node (shells, shellcheck, QEMU, Debian's kernel), and what starts many processes. */
export default defineConfig({
  test: {
    include: ['test/**/*.e2e.ts'],
    globalSetup: 'test/helpers/cli-build.ts',
    setupFiles: 'test/helpers/equal-bytes.ts',
    testTimeout: 180_000,
    hookTimeout: 600_000,
    // Two at a time on two cores, where the default is one. They share .cache and example-project, and only read there.
    maxWorkers: '100%',
    // As in vitest.config.ts: a worker loads what is tested once, which takes two seconds of each file.
    isolate: false,
  },
});
