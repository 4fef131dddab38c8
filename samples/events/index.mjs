// A CloudEvent function as an ES module: POST a CloudEvent to it.
export function onEvent(event) {
  console.log(JSON.stringify({ got: event.type, from: event.source, id: event.id }));
}
