import type { AppIdentity } from '../app/app-identity.ts';
import { metricFamily, type MetricFamily } from './metric-family.ts';

/** What one app did with a component, in how many milliseconds. */
export interface Measured {
  app: AppIdentity;
  component: string;
  ms: number;
}

/** Counts under the names that Dapr documents, and only what happens here. */
export interface DaprMetrics {
  answered(request: { app: string; method: string; status: number; ms: number }): void;
  operated(block: 'state' | 'secret' | 'configuration', operation: string, isSuccess: boolean, measured: Measured): void;
  published(topic: string, isSuccess: boolean, measured: Measured): void;
  publishedMany(topic: string, counts: { all: number; failed: number }, measured: Measured): void;
  delivered(topic: string, verdict: string, measured: Measured): void;
  deliveredMany(topic: string, verdicts: readonly string[], measured: Measured): void;
  invokedBinding(operation: string, isSuccess: boolean, measured: Measured): void;
  deliveredBinding(isSuccess: boolean, measured: Measured): void;
  /** Prometheus' text format. */
  text(): string;
}

// Milliseconds; daprd's own.
const latencies = [
  1, 2, 3, 4, 5, 6, 8, 10, 13, 16, 20, 25, 30, 40, 50, 65, 80, 100, 130, 160, 200, 250, 300, 400, 500, 650, 800, 1000, 2000, 5000, 10_000,
  20_000, 50_000, 100_000,
];
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']);

export function daprMetrics(): DaprMetrics {
  const families: MetricFamily[] = [];
  const family = (name: string, help: string, labels: readonly string[], buckets?: readonly number[]): MetricFamily => {
    const made = metricFamily({ name: `dapr_${name}`, help, labels, ...(buckets === undefined ? {} : { buckets }) });
    families.push(made);
    return made;
  };
  /** A count and its latencies, as Dapr has them of everything that it does with a component. */
  const pair = (name: string, help: string, labels: readonly string[]): ((labels: readonly string[], ms: number) => void) => {
    const all = ['app_id', 'component', 'namespace', ...labels];
    const count = family(`component_${name}_count`, help, all);
    const latency = family(`component_${name}_latencies`, 'In milliseconds.', all, latencies);
    return (values, ms) => {
      count.record(values);
      latency.record(values, ms);
    };
  };
  const httpLabels = ['app_id', 'method', 'status'];
  const requests = family('http_server_request_count', 'Requests over HTTP.', httpLabels);
  const responses = family('http_server_response_count', 'Answers over HTTP.', httpLabels);
  const httpLatency = family('http_server_latency', 'Of requests over HTTP, in milliseconds.', httpLabels, latencies);
  const operations = {
    state: pair('state', 'Operations of state stores.', ['operation', 'success']),
    secret: pair('secret', 'Operations of secret stores.', ['operation', 'success']),
    configuration: pair('configuration', 'Operations of configuration stores.', ['operation', 'success']),
  };
  const egress = pair('pubsub_egress', 'Messages published.', ['success', 'topic']);
  const bulkEgress = pair('pubsub_egress_bulk', 'Bulks published.', ['success', 'topic']);
  const bulkLabels = ['app_id', 'component', 'namespace'];
  const bulkEgressEvents = family('component_pubsub_egress_bulk_event_count', 'Messages published in bulks.', [
    ...bulkLabels,
    'success',
    'topic',
  ]);
  const ingress = pair('pubsub_ingress', 'Messages that the app was asked to take.', ['process_status', 'status', 'topic']);
  const bulkIngress = pair('pubsub_ingress_bulk', 'Bulks that the app was asked to take.', ['topic']);
  const bulkIngressEvents = family('component_pubsub_ingress_bulk_event_count', 'Messages in bulks that the app was asked to take.', [
    ...bulkLabels,
    'process_status',
    'topic',
  ]);
  const outputs = pair('output_binding', 'Operations of output bindings.', ['operation', 'success']);
  const inputs = pair('input_binding', 'Events of input bindings that the app was asked to take.', ['success']);
  const whose = ({ app, component }: Measured): string[] => [app.id, component, app.namespace];
  return {
    answered: ({ app, method, status, ms }) => {
      const labels = [app, methods.has(method) ? method : 'OTHER', String(status)];
      requests.record(labels);
      responses.record(labels);
      httpLatency.record(labels, ms);
    },
    operated: (block, operation, isSuccess, measured) => operations[block]([...whose(measured), operation, String(isSuccess)], measured.ms),
    published: (topic, isSuccess, measured) => egress([...whose(measured), String(isSuccess), topic], measured.ms),
    publishedMany: (topic, { all, failed }, measured) => {
      bulkEgress([...whose(measured), String(failed === 0), topic], measured.ms);
      for (let count = failed; count < all; count++) bulkEgressEvents.record([...whose(measured), 'true', topic]);
    },
    delivered: (topic, verdict, measured) => ingress([...whose(measured), verdict, verdict, topic], measured.ms),
    deliveredMany: (topic, verdicts, measured) => {
      bulkIngress([...whose(measured), topic], measured.ms);
      for (const verdict of verdicts) bulkIngressEvents.record([...whose(measured), verdict, topic]);
    },
    invokedBinding: (operation, isSuccess, measured) => outputs([...whose(measured), operation, String(isSuccess)], measured.ms),
    deliveredBinding: (isSuccess, measured) => inputs([...whose(measured), String(isSuccess)], measured.ms),
    text: () => families.map((each) => each.text()).join(''),
  };
}
