import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { askCluster, type Recording } from './ask-cluster.ts';
import { comparable } from './comparable.ts';
import { kubeconfigSend } from './kubeconfig-send.ts';
import { requestGroups } from './requests.ts';

const kubeconfig = process.env['OFN_TEST_KUBECONFIG'];
const recording = JSON.parse(readFileSync(join(import.meta.dirname, 'recording.json'), 'utf8')) as Recording;

describe.skipIf(kubeconfig === undefined)('the recorded answers (needs OFN_TEST_KUBECONFIG)', () => {
  let found: Recording;
  beforeAll(async () => {
    found = await askCluster(kubeconfigSend(kubeconfig ?? ''));
  }, 120_000);

  it.each(requestGroups)('are what the API server still says: $name', ({ name, exchanges }) => {
    for (const { is, differs } of exchanges) {
      const [now, then] = [found[name]?.[is], recording[name]?.[is]];
      if (now === undefined || then === undefined) throw new Error(`"${is}" was not recorded; run scripts/record-requests.ts`);
      expect([is, comparable(now, differs)]).toEqual([is, comparable(then, differs)]);
    }
  });
});
