const bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

class Histogram {
  readonly #counts = new Float64Array(bounds.length + 1);
  #sum = 0;

  observe(seconds: number): void {
    let bucket = 0;
    while (bucket < bounds.length && seconds > bounds[bucket]!) bucket++;
    this.#counts[bucket]!++;
    this.#sum += seconds;
  }

  text(name: string, help: string): string {
    let total = 0;
    const lines = bounds.map((bound, index) => `${name}_bucket{le="${bound}"} ${(total += this.#counts[index]!)}\n`);
    total += this.#counts[bounds.length]!;
    return `# HELP ${name} ${help}\n# TYPE ${name} histogram\n${lines.join('')}${name}_bucket{le="+Inf"} ${total}\n${name}_sum ${this.#sum}\n${name}_count ${total}\n`;
  }
}

/** Counters in typed arrays, written as Prometheus text. */
export class GatewayMetrics {
  inFlight = 0;
  waiting: () => number = () => 0;
  connections: () => number = () => 0;
  connectionsRefused = 0;
  retries = 0;
  mirrored = 0;
  mirrorsDropped = 0;
  readonly #classes = new Float64Array(6);
  readonly #duration = new Histogram();
  readonly #coldStart = new Histogram();

  /** A request is over. */
  observe(status: number, durationMs: number): void {
    this.#classes[Math.min(5, Math.floor(status / 100))]!++;
    this.#duration.observe(durationMs / 1000);
  }

  /** The first byte of an answer to a request that had to wait for a slot. */
  observeColdStart(milliseconds: number): void {
    this.#coldStart.observe(milliseconds / 1000);
  }

  text(): string {
    const name = 'openfunction_gateway_';
    const classes = [1, 2, 3, 4, 5].map((code) => `${name}requests_total{code="${code}xx"} ${this.#classes[code]}\n`).join('');
    return (
      `# HELP ${name}requests_total Requests answered, by class of status.\n# TYPE ${name}requests_total counter\n${classes}` +
      this.#duration.text(`${name}request_duration_seconds`, 'From the end of the head to the end of the answer.') +
      this.#coldStart.text(`${name}cold_start_seconds`, 'From a request that had to wait for a slot to the first byte of its answer.') +
      counter(`${name}retries_total`, 'Requests sent again to another instance.', this.retries) +
      counter(`${name}mirrored_total`, 'Copies of requests sent to a second function.', this.mirrored) +
      counter(`${name}mirrors_dropped_total`, 'Copies given up: too large, too many, or nobody to take them.', this.mirrorsDropped) +
      counter(`${name}connections_refused_total`, 'Client connections over the limit.', this.connectionsRefused) +
      gauge(`${name}requests_in_flight`, 'Requests being answered.', this.inFlight) +
      gauge(`${name}requests_waiting`, 'Requests waiting for a slot.', this.waiting()) +
      gauge(`${name}connections_open`, 'Client connections.', this.connections())
    );
  }
}

function gauge(name: string, help: string, value: number): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name} ${value}\n`;
}

function counter(name: string, help: string, value: number): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} counter\n${name} ${value}\n`;
}
