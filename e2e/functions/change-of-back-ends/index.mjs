import { openfunction } from '@openfunction/functions-framework';

// Takes orders by HTTP, keeps those that the broker brings, and publishes a receipt of each, which it keeps as well.
const handlers = {
  orders: async (ctx, order) => {
    await save(ctx, `order-${order.id}`, order);
    await ctx.send({ id: order.id, paid: order.price * order.count }, 'receipts');
  },
  receipts: (ctx, receipt) => save(ctx, `receipt-${receipt.id}`, receipt),
};

const save = (ctx, key, value) => ctx.state.save({ states: [{ key, value }] }, 'store');

async function byHttp(ctx, data) {
  if (ctx.req.method === 'POST') {
    await ctx.send(data, 'orders');
    return ctx.res.send('taken');
  }
  const { id } = ctx.req.query;
  const [order, receipt] = await Promise.all(['order', 'receipt'].map((what) => ctx.state.get({ key: `${what}-${id}` }, 'store')));
  return ctx.res.json({ order, receipt });
}

openfunction('keepOrders', async (ctx, data) => {
  if (ctx.event === undefined) await byHttp(ctx, data);
  else await handlers[ctx.event.topic](ctx, data);
});
