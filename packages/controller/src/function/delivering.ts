import { usesEventBus, usesMessaging, type Condition } from '@openfunction/resources';
import { nameOf, type DeliveryReport, type FunctionWorld } from './world.ts';

type Said = Pick<Condition, 'status' | 'reason' | 'message'>;

export interface Delivering {
  /** The condition; undefined without messages, and before anything is known. */
  condition?: Said;
  /** Its part in whether the function is ready. */
  ready?: Said;
}

/** Whether what a function names can be had, and its messages come. */
export function delivering(world: FunctionWorld, traffic: string | undefined): Delivering {
  const serving = world.servings.find((each) => nameOf(each) === traffic);
  if (world.deliveries === undefined || serving === undefined || !usesEventBus(serving.spec)) return {};
  const report = world.deliveries.get(nameOf(serving));
  const condition = report === undefined ? saidBefore(world, nameOf(serving)) : conditionOf(report);
  // A function that is only scaled on something serves as it is.
  if (!usesMessaging(serving.spec)) return condition === undefined ? {} : { condition };
  // Who publishes as soon as the function is ready must not publish to nobody.
  if (condition === undefined)
    return { ready: { status: 'Unknown', reason: 'Connecting', message: 'Its components are being opened; wait a moment.' } };
  return { condition, ready: condition };
}

function conditionOf({ isDelivering, reason, message }: DeliveryReport): Said {
  return { status: isDelivering ? 'True' : 'False', reason: reason || 'Delivering', message };
}

/** Whoever brings messages may begin anew; until it has spoken, what it said of this very Serving stands. */
function saidBefore({ fn }: FunctionWorld, traffic: string): Said | undefined {
  if (fn.status?.serving?.lastSuccessfulResourceRef !== traffic) return undefined;
  const before = fn.status.conditions?.find(({ type }) => type === 'Delivering');
  return before && { status: before.status, reason: before.reason, message: before.message };
}
