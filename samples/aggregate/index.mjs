// Calls another function by its cluster-local name, the same on a laptop and in a cluster.
export async function aggregate(ctx, data) {
  const answer = await fetch('http://hello-world.default.svc.cluster.local/?name=aggregate');
  return { asked: data ?? null, answered: (await answer.text()).trim() };
}
