import { openfunction } from '@openfunction/functions-framework';

// What is under way for each vehicle: what is pushed later must not be older.
const turns = new Map();

function inTurn(vehicle, act) {
  const turn = (turns.get(vehicle) ?? Promise.resolve()).catch(() => {}).then(act);
  turns.set(vehicle, turn);
  return turn;
}

// Pushes how many readings of a vehicle there are; one that comes again does not count again.
openfunction('measure', async (ctx, { vehicle, reading }) => {
  await inTurn(vehicle, async () => {
    const seen = new Set((await ctx.state.get({ key: vehicle })) ?? []);
    seen.add(reading);
    await ctx.state.save({ states: [{ key: vehicle, value: [...seen] }] });
    const url = `${process.env.PUSHGATEWAY}/metrics/job/vehicles/vehicle/${vehicle}`;
    const { ok, status } = await fetch(url, { method: 'POST', body: `vehicle_readings ${seen.size}\n` });
    if (!ok) throw new Error(`The Pushgateway answered ${status}.`);
  });
});

// Keeps the positions of vehicles, and tells those of one that is asked for.
openfunction('track', async (ctx, data) => {
  if (ctx.event !== undefined) {
    const { vehicle, n, lat, lon } = data;
    return ctx.state.save({ states: [{ key: `${vehicle}-${n}`, value: { lat, lon } }] }, 'redis');
  }
  const { vehicle, below } = ctx.req.query;
  const keys = Array.from({ length: Number(below) }, (_, n) => `${vehicle}-${n}`);
  const found = await ctx.state.getBulk({ keys }, 'redis');
  return ctx.res.json(found.filter(({ data: position }) => position !== undefined && position !== null).length);
});
