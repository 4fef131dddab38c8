import { Consumer, MessagesStreamModes, Producer } from '@platformatic/kafka';

/** Messages of 100 bytes. */
export async function produce(port: number, topic: string, count: number): Promise<void> {
  const producer = new Producer({ clientId: 'bench', bootstrapBrokers: [`127.0.0.1:${port}`], autocreateTopics: true });
  const value = Buffer.alloc(100, 'x');
  const batch = 2_000;
  try {
    for (let left = count; left > 0; left -= batch)
      await producer.send({ messages: Array.from({ length: Math.min(batch, left) }, () => ({ topic, value, partition: 0 })) });
  } finally {
    await producer.close();
  }
}

/** Messages a second that the client library reads of a topic. */
export async function clientRate(port: number, topic: string, { skip, most }: { skip: number; most: number }): Promise<number> {
  const consumer = new Consumer({ clientId: 'floor', groupId: 'floor', bootstrapBrokers: [`127.0.0.1:${port}`] });
  const stream = await consumer.consume({ topics: [topic], mode: MessagesStreamModes.EARLIEST, autocommit: 1000 });
  let count = 0;
  let begun = 0;
  try {
    for await (const _message of stream) {
      count++;
      if (count === skip) begun = performance.now();
      if (count === most) break;
    }
    return (count - skip) / ((performance.now() - begun) / 1000);
  } finally {
    await stream.close();
    await consumer.close(true);
  }
}
