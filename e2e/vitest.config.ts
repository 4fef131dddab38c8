import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: import.meta.dirname,
  resolve: { conditions: ['@openfunction/source'] },
  ssr: { resolve: { conditions: ['@openfunction/source', 'node', 'import', 'default'] } },
  test: {
    // Other ways in than the platform's own, and what a cluster alone has, are for clusters.
    include: [
      'scenarios/**/*.test.ts',
      ...(process.env['OFN_E2E_TARGET'] === 'kubernetes' ? ['entries/**/*.test.ts', 'targets/kubernetes/*.test.ts'] : []),
    ],
    globalSetup: ['targets/global-setup.ts'],
    // Scenarios kill parts of the one platform: never two at a time.
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 1_200_000,
  },
});
