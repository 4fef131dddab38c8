// Publishes what it is sent.
exports.publish = async (ctx, data) => {
  await ctx.send(data, 'numbers');
  ctx.res.send('sent');
};

// Counts how often each number came; asked by HTTP for those below a number, says it.
exports.count = async (ctx, data) => {
  if (ctx.event === undefined) {
    const keys = Array.from({ length: Number(ctx.req.query.below) }, (_, index) => `n${index}`);
    const found = await ctx.state.getBulk({ keys }, 'counts');
    ctx.res.json(found.map(({ data: times }) => times ?? 0));
    return;
  }
  const key = `n${data.n}`;
  const times = (await ctx.state.get({ key }, 'counts')) ?? 0;
  await ctx.state.save({ states: [{ key, value: times + 1 }] }, 'counts');
};

// Says what an API of components answers to this function, for each path that it is asked about, with its own token unless told another.
exports.spy = async (req, res) => {
  const { DAPR_API_TOKEN, DAPR_HTTP_ENDPOINT } = process.env;
  const { api = DAPR_HTTP_ENDPOINT, token = DAPR_API_TOKEN, paths } = req.body;
  const ask = async (path) => {
    const answer = await fetch(`${api}${path}`, { headers: token ? { 'dapr-api-token': token } : {} });
    return { status: answer.status, body: await answer.text() };
  };
  res.json({ told: Object.keys(process.env).filter((name) => /^(DAPR|APP)_/.test(name)), answers: await Promise.all(paths.map(ask)) });
};
