import { openfunction } from '@openfunction/functions-framework';

openfunction('forwardToKafka', async (ctx, data) => {
  await ctx.send(data ?? { message: 'Hello' }, 'kafka-server');
  ctx.res.send('sent');
});

openfunction('handleKafkaInput', async (_ctx, data) => {
  const { message, takesMs = 0 } = typeof data === 'string' ? JSON.parse(data) : data;
  await new Promise((resolve) => setTimeout(resolve, takesMs));
  console.log(`message from Kafka '${message}'`);
});
