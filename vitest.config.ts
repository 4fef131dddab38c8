import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['@openfunction/source'] },
  ssr: { resolve: { conditions: ['@openfunction/source', 'node', 'import', 'default'] } },
  test: {
    include: ['{packages,apps}/*/src/**/*.test.ts', 'deploy/*/src/**/*.test.ts', 'scripts/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
});
