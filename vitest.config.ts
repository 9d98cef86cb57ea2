import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/helpers/cli-build.ts',
    setupFiles: 'test/helpers/equal-bytes.ts',
    // Long, for machines that do other work as well.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // A worker loads each module once, for all files that it runs; tests leave nothing behind.
    isolate: false,
    maxWorkers: '100%',
    // A worker runs much code a few times, and makes much garbage: V8 compiles all of it at once, and collects less often.
    execArgv: ['--always-sparkplug', '--max-semi-space-size=32'],
  },
});
