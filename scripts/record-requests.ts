// Asks the API server of OFN_TEST_KUBECONFIG every request of the table and writes its answers down:
// scripts/with-cluster.sh node --conditions=@openfunction/source scripts/record-requests.ts
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { askCluster } from '../packages/api-server/src/testing/recorded/ask-cluster.ts';
import { kubeconfigSend } from '../packages/api-server/src/testing/recorded/kubeconfig-send.ts';

const kubeconfig = process.env['OFN_TEST_KUBECONFIG'];
if (kubeconfig === undefined) throw new Error('OFN_TEST_KUBECONFIG names no kubeconfig; start this with scripts/with-cluster.sh.');
const recording = await askCluster(kubeconfigSend(kubeconfig));
const file = path.resolve(import.meta.dirname, '../packages/api-server/src/testing/recorded/recording.json');
writeFileSync(file, `${JSON.stringify(recording, undefined, 1)}\n`);
console.log(`${Object.values(recording).flatMap((answers) => Object.keys(answers)).length} answers in ${file}`);
