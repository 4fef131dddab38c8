/** A queue, or several that are taken together. */
export interface RabbitQueue {
  read(signal: AbortSignal): Promise<QueueFigures>;
  close(): Promise<void>;
}

export interface QueueFigures {
  messages: number;
  /** Published to it per second; 0 where nobody knows. */
  rate: number;
}
